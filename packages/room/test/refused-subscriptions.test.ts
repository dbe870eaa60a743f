import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { ownersSent } from './kit/owners-sent.ts';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

const REFUSED = -10012;
const clip = { width: 160, height: 120, gop: 1, seconds: 1, kbps: 100 };

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());
afterEach(() => world.sandbox.rooms.refuse('subscribe', undefined));

/** A recorder in a room of its own, and what was sent to it under which SSRC. */
async function recorded() {
  const name = newRoom();
  const room = world.room(name);
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  const owners = ownersSent(room);
  const end = async () => {
    owners.stop();
    await session.leave();
    expect(owners.wrong(tape.frames)).toEqual([]);
  };
  return { room, tape, end };
}

const TRACKS = ['alice/main/audio', 'alice/main/video', 'bob/main/audio', 'bob/main/video'];

test('an anchor refused twice is recorded though the next anchor got the receivers', async () => {
  const { room, tape, end } = await recorded();
  world.sandbox.rooms.refuse('subscribe', { code: REFUSED, times: 2, userId: RECORDER });
  await room.addAnchors({ userId: 'alice', clip });
  await sleep(3500);
  await room.addAnchors({ userId: 'bob', clip });
  await tape.further(15, ...TRACKS);
  await end();
});

test.each([
  ['both stay', false],
  ['one leaves', true],
])(
  'two anchors refused for 5 s, who both held the same receivers, are recorded once they are accepted: %s',
  async (_what, leaves) => {
    const { room, tape, end } = await recorded();
    world.sandbox.rooms.refuse('subscribe', { code: REFUSED, forMs: 5000, userId: RECORDER });
    await room.addAnchors({ userId: 'alice', clip });
    await sleep(3000);
    await room.addAnchors({ userId: 'bob', clip });
    await tape.further(1, 'bob/main/audio');
    if (leaves) room.member('bob').leave();
    await tape.further(15, ...(leaves ? TRACKS.slice(0, 2) : TRACKS));
    await end();
  },
);

test('audio alone refused is named with its cause, and recorded once it is accepted', async () => {
  const { room, tape, end } = await recorded();
  world.sandbox.rooms.refuse('subscribe', { code: REFUSED, publisherId: 'alice', kinds: ['audio'] });
  await room.addAnchors({ userId: 'alice', clip });
  await tape.further(15, 'alice/main/video');
  const audio = { userId: 'alice', stream: 'main', kind: 'audio' };
  const has = (type: 'subscription-failed' | 'subscription-restored') => () =>
    tape.eventsOf(type).some(({ kind }) => kind === 'audio');
  await tape.until('the cause', has('subscription-failed'));
  expect(tape.framesOf('alice/main/audio')).toEqual([]);
  const [failed] = tape.eventsOf('subscription-failed');
  const [published] = tape.eventsOf('available').filter(({ kind }) => kind === 'audio');
  expect(failed).toMatchObject({ ...audio, cause: 'refused', since: published!.at, code: 5500 });
  world.sandbox.rooms.refuse('subscribe', undefined);
  await tape.further(15, 'alice/main/audio');
  await tape.until('the end of it', has('subscription-restored'));
  await end();
});

test('a refused anchor gets no frame of those who come and go on the receivers that the SDK holds for it', async () => {
  const { room, tape, end } = await recorded();
  world.sandbox.rooms.refuse('subscribe', { code: REFUSED, publisherId: 'alice' });
  await room.addAnchors({ userId: 'alice', clip });
  for (let round = 0; round < 20; round += 1) {
    await room.addAnchors({ userId: `bob${round}`, clip });
    await sleep(20 * (round % 10));
    room.member(`bob${round}`).leave();
  }
  expect(tape.tracks.filter((name) => name.startsWith('alice'))).toEqual([]);
  world.sandbox.rooms.refuse('subscribe', undefined);
  await tape.further(15, ...TRACKS.slice(0, 2));
  await end();
});

test('answers that come 3 s late lose no anchor, and are not taken for refusals', async () => {
  const { room, tape, end } = await recorded();
  world.sandbox.rooms.refuse('subscribe', { code: 0, delayMs: 3000, userId: RECORDER });
  await room.addAnchors({ userId: 'alice', clip });
  await room.addAnchors({ userId: 'bob', clip });
  await tape.further(15, ...TRACKS);
  expect(tape.eventsOf('subscription-failed').filter(({ cause }) => cause === 'refused')).toEqual([]);
  await end();
});
