import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FALLBACK_TAPS } from '../page/second-leg.ts';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, sentTo, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

async function recorded() {
  const name = newRoom();
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  return { room: world.room(name), tape, session };
}

test('after a path cut of 8 s the tap is not suspected, though packets come seconds before the next key frame', async () => {
  const { room, tape, session } = await recorded();
  // More packets than the room keeps for retransmission: no frame comes together until the next key frame.
  await room.addAnchors({ userId: 'anna', clip: { width: 640, height: 360, kbps: 1500, gop: 10, seconds: 10 } });
  await tape.further(30, 'anna/main/video', 'anna/main/audio');
  // Right after a key frame, so that it mends long before the next one.
  const keys = () => tape.framesOf('anna/main/video').filter(({ key }) => key).length;
  const before = keys();
  await tape.until('the next key frame', () => keys() > before);
  const path = () => room.member(RECORDER).view().network as { cut: boolean };
  room.member(RECORDER).cut({ cut: true, forMs: 8000 });
  await tape.until('the path is mended', () => !path().cut);
  const mended = Date.now();
  await tape.further(15, 'anna/main/audio', 'anna/main/video');
  await session.leave();
  const [first] = tape.framesOf('anna/main/video').filter(({ receivedAt }) => receivedAt > mended);
  expect(first!.receivedAt - mended).toBeGreaterThan(1000);
  expect(tape.notes.filter((note) => note.includes('can be tapped'))).toEqual([]);
  expect(tape.frames.filter(({ tap }) => tap >= FALLBACK_TAPS)).toEqual([]);
});

test('a first key frame whose parameter sets come after it is named as missing, and another one is asked for', async () => {
  const { room, tape, session } = await recorded();
  room.member(RECORDER).holdParameterSets({ lateMs: 30 });
  await room.addAnchors({ userId: 'anna', clip: { width: 160, height: 120, gop: 4, seconds: 4, kbps: 100 } });
  await tape.until('the loss', (seen) => seen.eventsOf('subscription-failed').length > 0);
  expect(sentTo(room, 'anna').main.keyRequests).toBeGreaterThan(0);
  await tape.further(15, 'anna/main/video');
  await tape.until('the end of the loss', (seen) => seen.eventsOf('subscription-restored').length > 0);
  const [delivery] = room
    .member(RECORDER)
    .deliveries()
    .filter(({ stream }) => stream === 'main');
  await session.leave();
  const [failed, ...more] = tape.eventsOf('subscription-failed');
  expect(more).toEqual([]);
  expect(failed).toMatchObject({ userId: 'anna', stream: 'main', kind: 'video', cause: 'no-key-frame' });
  expect(Math.abs(failed!.since - delivery!.fromMs)).toBeLessThan(1000);
  const [first] = tape.framesOf('anna/main/video');
  expect(first).toMatchObject({ key: true });
  expect(first!.receivedAt - failed!.since).toBeGreaterThan(3000);
});
