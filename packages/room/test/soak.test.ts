import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FALLBACK_TAPS } from '../page/second-leg.ts';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

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

/** Who is who by the picture's height, and by the SSRCs that the room sent under. */
const HEIGHTS = new Map([
  ['anna', 120],
  ['bert', 150],
  ['carl', 180],
  ['dora', 210],
  ['emil', 240],
]);
const OPERATIONS = 60;

test('60 comings, goings, mutes and silent rejoins in a row book no frame to the wrong anchor', async () => {
  const name = newRoom();
  const room = world.room(name);
  const random = seeded(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const there = new Set<string>();
  const owners = new Map<number, string>();
  const look = () => {
    if (!room.view().members.some(({ userId }) => userId === RECORDER)) return;
    for (const subscription of room.member(RECORDER).view().subscriptions)
      for (const slot of ['audio', 'main', 'sub'] as const)
        owners.set((subscription[slot] as { ssrc: number }).ssrc, `${String(subscription['userId'])}/${slot}`);
  };
  const watch = setInterval(look, 5);
  const enter = async (userId: string) => {
    there.add(userId);
    await room.addAnchors({
      userId,
      clip: { height: HEIGHTS.get(userId)!, width: 160, gop: 1, seconds: 1, kbps: 100 },
    });
  };
  const operate = async (): Promise<void> => {
    const userId = pick([...HEIGHTS.keys()]);
    if (!there.has(userId)) return enter(userId);
    const choice = random();
    if (choice < 0.45) {
      there.delete(userId);
      room.member(userId).leave();
    } else if (choice < 0.95) await room.member(userId).publish({ main: random() < 0.6, audioMuted: random() < 0.4 });
    else room.member(RECORDER).remove('user_time_out');
  };

  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  for (let operation = 0; operation < OPERATIONS; operation += 1) {
    await operate();
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 500));
  }
  for (const userId of HEIGHTS.keys()) {
    if (!there.has(userId)) await enter(userId);
    await room.member(userId).publish({ main: true, audio: true, audioMuted: false, videoMuted: false });
  }
  await tape.further(15, ...[...HEIGHTS.keys()].flatMap((userId) => [`${userId}/main/audio`, `${userId}/main/video`]));
  await session.leave();
  clearInterval(watch);

  for (const { tap, userId, kind, stream, ssrc, height } of tape.frames) {
    // On an overloaded machine a receiver may be found deaf; what is encoded anew has an SSRC of its own.
    if (tap < FALLBACK_TAPS) expect(`${userId}/${kind === 'audio' ? 'audio' : stream}`).toBe(owners.get(ssrc));
    if (height !== undefined) expect(height).toBe(HEIGHTS.get(userId));
  }
  expect(tape.eventsOf('owner').length).toBeGreaterThan(20);
  // Who stays for less than the SDK needs to set up its track (tens of ms) may lose those frames; they are told.
  const lost = tape.notes.map((note) => Number(/^(\d+) frames .* were lost/.exec(note)?.[1] ?? 0));
  expect(lost.reduce((sum, count) => sum + count, 0)).toBeLessThan(tape.frames.length / 20);
  expect(tape.eventsOf('error')).toEqual([]);
}, 120_000);
