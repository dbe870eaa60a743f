import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { ownersSent } from './owners-sent.ts';
import { Tape, trackName } from './tape.ts';
import { newRoom, RECORDER, type World } from './world.ts';

/** Each anchor has a height of its own: the frames themselves say who sent them. */
const HEIGHTS = new Map([
  ['anna', 120],
  ['bert', 150],
  ['carl', 180],
  ['dora', 210],
  ['emil', 240],
]);
const USERS = [...HEIGHTS.keys()];
const REFUSED = -10012;
const KINDS = ['audio', 'main', 'sub'] as const;

/** Repeatable numbers in [0, 1): mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface SoakOptions {
  readonly operations: number;
  readonly seed: number;
  /** Also refused subscriptions, late answers, cuts of the path. */
  readonly refusals: boolean;
}

/** Lets anchors come, go, mute and swap in a room while it is recorded; gives what was recorded, and what is wrong with it. */
export async function soak(world: World, { operations, seed, refusals }: SoakOptions) {
  const name = newRoom();
  const room = world.room(name);
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const there = new Set<string>();
  const enter = async (userId: string) => {
    there.add(userId);
    const clip = { height: HEIGHTS.get(userId)!, width: 160, gop: 1, seconds: 1, kbps: 100 } as const;
    await room.addAnchors({ userId, clip });
  };
  const leave = (userId: string) => {
    there.delete(userId);
    room.member(userId).leave();
  };
  const disturb = () => {
    const rooms = world.sandbox.rooms;
    const rule = { userId: RECORDER, forMs: Math.ceil(500 + random() * 3500) };
    const choice = random();
    if (choice < 0.3) rooms.refuse('subscribe', { ...rule, code: REFUSED });
    else if (choice < 0.6)
      rooms.addRefusal('subscribe', { ...rule, code: REFUSED, publisherId: pick(USERS), kinds: [pick(KINDS)] });
    else if (choice < 0.8) rooms.addRefusal('subscribe', { ...rule, code: 0, delayMs: Math.ceil(random() * 2000) });
    else room.member(RECORDER).cut({ cut: true, forMs: Math.ceil(300 + random() * 2500) });
  };
  const operate = async (): Promise<void> => {
    if (refusals && random() < 0.3) {
      disturb();
      return;
    }
    const userId = pick(USERS);
    if (!there.has(userId)) {
      await enter(userId);
      return;
    }
    const choice = random();
    if (choice < 0.35) leave(userId);
    else if (choice < 0.45) {
      // Another one gets the receivers in the same description.
      leave(userId);
      const next = USERS.find((each) => !there.has(each) && each !== userId);
      if (next !== undefined) await enter(next);
    } else if (choice < 0.95) await room.member(userId).publish({ main: random() < 0.6, audioMuted: random() < 0.4 });
    else room.member(RECORDER).remove('user_time_out');
  };

  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  const owners = ownersSent(room);
  for (let operation = 0; operation < operations; operation += 1) {
    await operate();
    await sleep(100 + random() * 500);
  }
  world.sandbox.rooms.refuse('subscribe', undefined);
  for (const userId of USERS) {
    if (!there.has(userId)) await enter(userId);
    await room.member(userId).publish({ main: true, audio: true, audioMuted: false, videoMuted: false });
  }
  const accepted = Date.now();
  const tracks = USERS.flatMap((userId) => [`${userId}/main/audio`, `${userId}/main/video`]);
  await tape.further(15, ...tracks);
  await session.leave();
  owners.stop();
  const foreign = tape.frames.filter(({ userId, height }) => height !== undefined && height !== HEIGHTS.get(userId));
  expect([...owners.wrong(tape.frames), ...foreign.map(trackName)]).toEqual([]);
  expect(tape.eventsOf('error')).toEqual([]);
  // Who stays for less than the SDK needs to set up its track (tens of ms) may lose those frames; they are reported.
  const lost = tape.notes.map((note) => Number(/^(\d+) frames .* were lost/.exec(note)?.[1] ?? 0));
  return { tape, lostFrames: lost.reduce((sum, count) => sum + count, 0), lastMs: Date.now() - accepted };
}
