import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

const kicked = (tape: Tape) => tape.until('the recorder is out', (seen) => seen.eventsOf('kicked').length > 0);

test.each(['banned', 'kick', 'room_disband'] as const)(
  'a removal as %s is told, and leaving after it is quick',
  async (reason) => {
    const name = newRoom();
    const room = world.room(name);
    await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
    const tape = new Tape();
    const session = await world.browser.join(world.params(name), tape);
    await tape.further(5, 'anna/main/audio');
    if (reason === 'room_disband') room.dismiss();
    else room.member(RECORDER).remove(reason);
    await kicked(tape);
    expect(tape.eventsOf('kicked').map((event) => event.reason)).toEqual([reason]);
    const before = Date.now();
    await session.leave();
    expect(Date.now() - before).toBeLessThan(4000);
    expect(tape.eventsOf('crashed')).toEqual([]);
  },
);

test('a second login of the recorder throws the first one out', async () => {
  const name = newRoom();
  await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tapes = [new Tape(), new Tape()] as const;
  const first = await world.browser.join(world.params(name), tapes[0]);
  const second = await world.browser.join(world.params(name), tapes[1]);
  await kicked(tapes[0]);
  expect(tapes[0].eventsOf('kicked')[0]?.reason).toBe('kick');
  await tapes[1].further(5, 'anna/main/audio');
  await Promise.all([first.leave(), second.leave()]);
});

test("an anchor's leaving is told with its reason", async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/audio');
  room.member('anna').leave(1);
  await tape.until('anna left', (seen) => seen.eventsOf('anchor-exit').length > 0);
  expect(tape.eventsOf('anchor-exit')[0]).toMatchObject({ userId: 'anna', reason: 1 });
  await session.leave();
});

test('a media path that dies is rebuilt, and frames keep their owners', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { freq: 440, seconds: 2 } });
  await room.addAnchors({ userId: 'bert', clip: { freq: 880, seconds: 2, height: 270, width: 480 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/video', 'bert/main/video');
  const taps = new Set(tape.frames.map((frame) => frame.tap));
  room.member(RECORDER).cut({ cut: true, forMs: 18_000 });
  const isNew = (tap: number) => !taps.has(tap);
  await tape.until(
    'new receivers',
    (seen) => seen.frames.filter(({ tap, kind }) => isNew(tap) && kind === 'video').length > 40,
    60_000,
  );
  await session.leave();
  const paths = tape.eventsOf('connection').map(({ state }) => state);
  expect(paths).toEqual(expect.arrayContaining(['media connected', 'media disconnected']));
  expect(paths.filter((state) => state === 'media connected').length).toBeGreaterThan(1);
  for (const frame of tape.frames)
    if (frame.height !== undefined) expect(frame.height).toBe(frame.userId === 'anna' ? 240 : 270);
  expect(tape.frames.filter(({ tap }) => isNew(tap)).map(({ userId }) => userId)).toEqual(
    expect.arrayContaining(['anna', 'bert']),
  );
  expect(tape.notes).toEqual([]);
}, 90_000);

test('signalling that drops is taken up again without a gap', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/audio');
  room.member(RECORDER).dropSignalling();
  await tape.until(
    'connected again',
    (seen) => seen.eventsOf('connection').at(-1)?.state === 'CONNECTED' && seen.eventsOf('connection').length > 2,
  );
  await tape.further(20, 'anna/main/audio');
  await session.leave();
  const numbers = tape.framesOf('anna/main/audio').map((frame) => frame.sequenceNumber!);
  expect(numbers.at(-1)! - numbers[0]!).toBe(numbers.length - 1);
}, 60_000);

test('a silent rejoin, as after user_time_out, keeps the owners', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  await room.addAnchors({ userId: 'bert', clip: { seconds: 2, width: 480, height: 270 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/video', 'bert/main/video');
  const before = new Set(tape.frames.map(({ tap, ssrc }) => `${tap}/${ssrc}`));
  room.member(RECORDER).remove('user_time_out');
  await tape.until(
    'both again',
    (seen) => {
      const again = seen.frames.filter(({ tap, ssrc, kind }) => kind === 'video' && !before.has(`${tap}/${ssrc}`));
      return new Set(again.map(({ userId }) => userId)).size === 2;
    },
    30_000,
  );
  await session.leave();
  expect(tape.eventsOf('kicked')).toEqual([]);
  for (const frame of tape.frames)
    if (frame.height !== undefined) expect(frame.height).toBe(frame.userId === 'anna' ? 240 : 270);
}, 60_000);

test('when the SDK gives up, the error is told, and leaving after it is quick', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/audio');
  world.sandbox.rooms.refuse('reconnect', { code: -1, userId: RECORDER });
  world.sandbox.rooms.refuse('join', { code: 70001, userId: RECORDER });
  room.member(RECORDER).dropSignalling();
  await tape.until('the error', (seen) => seen.eventsOf('error').length > 0, 60_000);
  world.sandbox.rooms.refuse('reconnect', undefined);
  world.sandbox.rooms.refuse('join', undefined);
  expect(tape.eventsOf('error')).toMatchObject([{ code: 5400 }]);
  expect(tape.eventsOf('error')[0]?.message).toMatch(/^[^\n]*reJoin room[^\n]*$/);
  const before = Date.now();
  await session.leave();
  expect(Date.now() - before).toBeLessThan(4000);
}, 90_000);
