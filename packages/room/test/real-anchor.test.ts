import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { RealAnchor } from './kit/real-anchor.ts';
import { breaks, Tape } from './kit/tape.ts';
import { newRoom, sentTo, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

const gone = (tape: Tape, kind: string, stream: string) =>
  tape.until(`${stream} ${kind} is gone`, (seen) =>
    seen.eventsOf('unavailable').some((event) => event.kind === kind && event.stream === stream),
  );

test('an anchor with the real SDK: camera, microphone, screen, mutes and its return', async () => {
  const room = { type: 'string', id: newRoom().id.toString() } as const;
  const tape = new Tape();
  const session = await world.browser.join(world.params(room), tape);
  const query = { room: room.id, user: 'anna', media: 'clip', screen: '1', width: '320', height: '240', kbps: '300' };
  const anna = await RealAnchor.join(world.sandbox.urls.anchorPage, query);
  try {
    await tape.further(10, 'anna/main/audio', 'anna/main/video', 'anna/sub/video');

    const keys = (seen: Tape) => seen.framesOf('anna/main/video').filter(({ key }) => key).length;
    await tape.further(30, 'anna/main/video');
    const before = keys(tape);
    const askedBefore = sentTo(world.room(room), 'anna').main.keyRequests;
    await tape.further(60, 'anna/main/video');
    const asked = sentTo(world.room(room), 'anna').main.keyRequests - askedBefore;
    expect(keys(tape) - before).toBeLessThanOrEqual(asked);
    const kept = keys(tape);
    session.requestKeyFrame(tape.framesOf('anna/main/video')[0]!.tap);
    await tape.until('a key frame on request', (seen) => keys(seen) > kept);

    await anna.set('muteVideo', true);
    await gone(tape, 'video', 'main');
    await anna.set('muteVideo', false);
    await anna.set('muteAudio', true);
    await gone(tape, 'audio', 'main');
    await anna.set('muteAudio', false);
    await anna.set('screen', false);
    await gone(tape, 'video', 'sub');
    await tape.further(10, 'anna/main/audio', 'anna/main/video');

    await anna.leave();
    await tape.until('anna left', (seen) => seen.eventsOf('anchor-exit').length > 0);
  } finally {
    await anna.close();
  }
  const lost = (await session.stats()).taps.reduce((sum, tap) => sum + tap.lost, 0);
  await session.leave();

  const video = tape.framesOf('anna/main/video');
  expect(video[0]).toMatchObject({ key: true, codec: 'h264' });
  expect(tape.framesOf('anna/main/audio')[0]).toMatchObject({ codec: 'opus' });
  const unmuted = tape.framesOf('anna/main/audio').map(({ sequenceNumber }) => sequenceNumber!);
  expect(breaks(unmuted, 1, 2 ** 16).length).toBeLessThanOrEqual(1 + lost);
  expect(tape.eventsOf('owner').map(({ userId }) => userId)).toEqual(tape.eventsOf('owner').map(() => 'anna'));
  expect(tape.tracks).toEqual(['anna/main/audio', 'anna/main/video', 'anna/sub/video']);
}, 90_000);

test('an anchor that sends VP8 is recorded as VP8', async () => {
  const name = newRoom();
  await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2, codec: 'vp8' } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(20, 'anna/main/video');
  await session.leave();
  const frames = tape.framesOf('anna/main/video');
  expect(new Set(frames.map(({ codec }) => codec))).toEqual(new Set(['vp8']));
  expect(frames[0]).toMatchObject({ key: true, width: 320, height: 240 });
});
