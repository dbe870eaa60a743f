import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { sabotagedBrowser, type SabotagedBrowser } from './kit/sabotage.ts';
import { breaks, Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

let world: World;
let sabotaged: SabotagedBrowser | undefined;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());
afterEach(async () => {
  await sabotaged?.close();
  sabotaged = undefined;
});

const DEAF = `Object.defineProperty(RTCRtpReceiver.prototype, 'transform', { get: () => null, set: () => {} })`;

test('what cannot be tapped is encoded anew: H264 and Opus, on time', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2, pattern: 'tone' } });
  const tape = new Tape();
  sabotaged = await sabotagedBrowser(world, { sabotage: DEAF });
  const session = await sabotaged.browser.join(world.params(name), tape);
  await tape.until(
    'both tracks',
    (seen) => seen.framesOf('anna/main/video').length > 45 && seen.framesOf('anna/main/audio').length > 150,
    30_000,
  );
  expect(tape.notes).toHaveLength(2);
  const video = tape.framesOf('anna/main/video');
  const audio = tape.framesOf('anna/main/audio');
  expect(video[0]).toMatchObject({ codec: 'h264', key: true, width: 320, height: 240 });
  expect([...video[0]!.data.subarray(0, 5)]).toEqual([0, 0, 0, 1, 0x67]);
  expect(video.filter(({ key }) => key).length).toBeGreaterThan(1);
  expect(audio[0]).toMatchObject({ codec: 'opus', key: true });
  expect(
    breaks(
      audio.map((frame) => frame.sequenceNumber!),
      1,
      2 ** 16,
    ),
  ).toEqual([]);
  expect(
    breaks(
      audio.map((frame) => frame.rtpTimestamp),
      960,
      2 ** 32,
    ),
  ).toEqual([]);
  // RTP time runs as the clock does.
  for (const [frames, ticksPerMs] of [
    [video, 90],
    [audio, 48],
  ] as const) {
    const apart = frames.map(({ receivedAt, rtpTimestamp }) => receivedAt - rtpTimestamp / ticksPerMs);
    const middle = (some: number[]) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)]!;
    const third = Math.floor(apart.length / 3);
    expect(Math.abs(middle(apart.slice(0, third)) - middle(apart.slice(-third)))).toBeLessThan(200);
  }
  room.member('anna').leave();
  await tape.until('anna left', (seen) => seen.eventsOf('anchor-exit').length > 0);
  await session.leave();
}, 60_000);

test('a refused subscription is tried again', async () => {
  const name = newRoom();
  const room = world.room(name);
  world.sandbox.rooms.refuse('subscribe', { code: -10012, times: 2, userId: RECORDER });
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.until(
    'frames',
    (seen) => seen.framesOf('anna/main/video').length > 10 && seen.framesOf('anna/main/audio').length > 10,
    40_000,
  );
  await session.leave();
  expect(tape.notes.filter((note) => note.includes('subscribing again')).length).toBeGreaterThan(0);
}, 60_000);
