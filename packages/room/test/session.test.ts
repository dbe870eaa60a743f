import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { breaks, Tape } from './kit/tape.ts';
import { newRoom, sentTo, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

const AUDIO_WRAP = 2 ** 16;
const VIDEO_WRAP = 2 ** 32;
const VIDEO_STEP = 6000; // 90 kHz at 15 frames a second

describe('two anchors', () => {
  test('arrive whole, each frame with its owner, until the recorder leaves', async () => {
    const name = newRoom();
    const room = world.room(name);
    await room.addAnchors({ userId: 'anna', clip: { freq: 440, seconds: 2 } });
    await room.addAnchors({ userId: 'bert', clip: { freq: 880, seconds: 2, width: 480, height: 270 } });
    const tape = new Tape();
    const session = await world.browser.join(world.params(name), tape);
    const tracks = ['anna/main/audio', 'anna/main/video', 'bert/main/audio', 'bert/main/video'];
    await tape.further(45, ...tracks);

    const stats = await session.stats();
    await session.flush();
    const ssrcs = { anna: sentTo(room, 'anna'), bert: sentTo(room, 'bert') };
    await session.leave();

    expect(tape.tracks).toEqual(tracks);
    for (const userId of ['anna', 'bert'] as const) {
      const audio = tape.framesOf(`${userId}/main/audio`);
      const video = tape.framesOf(`${userId}/main/video`);
      expect(
        breaks(
          audio.map((frame) => frame.sequenceNumber!),
          1,
          AUDIO_WRAP,
        ),
      ).toEqual([]);
      expect(
        breaks(
          audio.map((frame) => frame.rtpTimestamp),
          960,
          VIDEO_WRAP,
        ),
      ).toEqual([]);
      expect(
        breaks(
          video.map((frame) => frame.rtpTimestamp),
          VIDEO_STEP,
          VIDEO_WRAP,
        ),
      ).toEqual([]);
      expect(new Set(audio.map((frame) => frame.ssrc))).toEqual(new Set([ssrcs[userId].audio.ssrc]));
      expect(new Set(video.map((frame) => frame.ssrc))).toEqual(new Set([ssrcs[userId].main.ssrc]));
      expect(video[0]).toMatchObject({ key: true, codec: 'h264', height: userId === 'anna' ? 240 : 270 });
      expect(audio[0]).toMatchObject({ key: true, codec: 'opus' });
    }
    const audioOfAnna = stats.taps.find((tap) => tap.owner?.userId === 'anna' && tap.kind === 'audio')!;
    expect(audioOfAnna).toMatchObject({ lost: 0, ssrc: ssrcs.anna.audio.ssrc });
    // The two are not counted at the same moment.
    expect(Math.abs(audioOfAnna.frames - audioOfAnna.packets)).toBeLessThanOrEqual(10);
    expect(stats.droppedFrames).toBe(0);
    expect(tape.notes).toEqual([]);
    const members = () => room.view().members.map((member) => member.userId);
    await tape.until('the recorder is gone', () => members().join() === 'anna,bert', 40_000);
  });

  test('are told of in order: entered, enter, available, owner; and nothing comes after leave', async () => {
    const name = newRoom();
    await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2 } });
    const tape = new Tape();
    const session = await world.browser.join(world.params(name), tape);
    expect(tape.eventsOf('entered')).toHaveLength(1);
    await tape.further(1, 'anna/main/audio', 'anna/main/video');
    await session.leave();
    const after = tape.log.length;

    const steps = tape.events.filter((event) => event.type !== 'connection').map((event) => event.type);
    expect(steps.slice(0, 2)).toEqual(['entered', 'anchor-enter']);
    for (const kind of ['audio', 'video'] as const) {
      const of = (type: string) =>
        tape.log.findIndex(
          (entry) =>
            'event' in entry && entry.event.type === type && 'kind' in entry.event && entry.event.kind === kind,
        );
      const firstFrame = tape.log.findIndex((entry) => 'frame' in entry && entry.frame.kind === kind);
      expect(of('available')).toBeLessThan(of('owner'));
      expect(of('owner')).toBeLessThan(firstFrame);
    }
    for (const event of tape.events) expect(Math.abs(event.at - Date.now())).toBeLessThan(60_000);
    await session.leave();
    await expect(session.flush()).rejects.toMatchObject({ code: 'BrowserCrashed' });
    expect(tape.log).toHaveLength(after);
  });

  test('have frames whose time is that of their arrival', async () => {
    const name = newRoom();
    await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2 } });
    const delays: number[] = [];
    class Stopwatch extends Tape {
      override onFrame(frame: Parameters<Tape['onFrame']>[0]): void {
        delays.push(Date.now() - frame.receivedAt);
        super.onFrame(frame);
      }
    }
    const tape = new Stopwatch();
    const session = await world.browser.join(world.params(name), tape);
    await tape.further(100, 'anna/main/audio');
    await session.leave();
    // A batch takes 250 ms: its first frame waited that long, its last one hardly. Held frames waited longer.
    const steady = delays.slice(delays.length / 2).sort((a, b) => a - b);
    expect(steady[0]).toBeGreaterThan(-5);
    expect(steady[0]).toBeLessThan(100);
    expect(steady[Math.floor(steady.length / 2)]).toBeLessThan(1_000);
    const arrivals = tape.framesOf('anna/main/audio').map((frame) => frame.receivedAt);
    // The quickest of each half: the others were held up somewhere.
    const transit = arrivals.map((at, index) => at - index * 20);
    const half = transit.length / 2;
    expect(Math.abs(Math.min(...transit.slice(0, half)) - Math.min(...transit.slice(half)))).toBeLessThan(50);
  });
});

test('mode 00 receives no video, not even a packet', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 }, sub: true });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name, '00'), tape);
  await tape.further(60, 'anna/main/audio');
  expect(sentTo(room, 'anna').main.sent + sentTo(room, 'anna').sub.sent).toBe(0);
  await session.leave();
  expect(tape.tracks).toEqual(['anna/main/audio']);
  expect(tape.eventsOf('available').map((event) => event.kind)).toEqual(['audio']);
});

test('mode 01 receives no audio, not even a packet', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name, '01'), tape);
  await tape.further(30, 'anna/main/video');
  expect(sentTo(room, 'anna').audio.sent).toBe(0);
  await session.leave();
  expect(tape.tracks).toEqual(['anna/main/video']);
});

test('camera and screen of one anchor are kept apart', async () => {
  const name = newRoom();
  const room = world.room(name);
  const subClip = { width: 640, height: 360, fps: 5, seconds: 2 };
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 }, sub: true, subClip });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(10, 'anna/main/video', 'anna/sub/video');
  await room.member('anna').publish({ sub: false });
  await tape.until('the screen is gone', (seen) => seen.eventsOf('unavailable').some(({ stream }) => stream === 'sub'));
  await session.leave();
  const heights = (track: string) =>
    new Set(
      tape
        .framesOf(track)
        .filter(({ key }) => key)
        .map(({ height }) => height),
    );
  expect(heights('anna/main/video')).toEqual(new Set([240]));
  expect(heights('anna/sub/video')).toEqual(new Set([360]));
});

test('mute and unmute are told, and frames stop and go on under the same owner', async () => {
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/audio', 'anna/main/video');
  await room.member('anna').publish({ audioMuted: true, videoMuted: true });
  await tape.until('both are muted', (seen) => seen.eventsOf('unavailable').length === 2);
  await session.flush();
  const muted = tape.frames.length;
  await new Promise((resolve) => setTimeout(resolve, 600));
  await session.flush();
  expect(tape.frames.length - muted).toBeLessThanOrEqual(2);
  await room.member('anna').publish({ audioMuted: false, videoMuted: false });
  await tape.further(5, 'anna/main/audio', 'anna/main/video');
  await session.leave();
  expect(tape.eventsOf('available')).toHaveLength(4);
  expect(tape.tracks).toEqual(['anna/main/audio', 'anna/main/video']);
});

test('receivers that pass from one anchor to the next never mix them up', async () => {
  const name = newRoom();
  const room = world.room(name);
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  const ssrcs = new Map<number, string>();
  for (const userId of ['anna', 'bert', 'anna', 'carl', 'bert']) {
    await room.addAnchors({ userId, clip: { seconds: 2 } });
    await tape.further(10, `${userId}/main/audio`, `${userId}/main/video`);
    const { audio, main } = sentTo(room, userId);
    ssrcs.set(audio.ssrc, `${userId}/audio`).set(main.ssrc, `${userId}/video`);
    room.member(userId).leave();
    await tape.until(`${userId} left`, (seen) => seen.events.at(-1)?.type === 'anchor-exit');
  }
  await session.leave();
  const taps = new Map<string, Set<number>>();
  for (const { userId, kind, ssrc, tap } of tape.frames) {
    expect(`${userId}/${kind}`).toBe(ssrcs.get(ssrc));
    taps.set(kind, (taps.get(kind) ?? new Set()).add(tap));
  }
  // The point of the test: the SDK did reuse its receivers.
  expect([taps.get('audio')?.size, taps.get('video')?.size]).toEqual([1, 1]);
  expect(tape.notes).toEqual([]);
});

test('two rooms at once are two recordings; integer room 7 is not string room "7"', async () => {
  const names = [{ type: 'int', id: 7 } as const, { type: 'string', id: '7' } as const];
  const tapes = [new Tape(), new Tape()];
  for (const [index, name] of names.entries())
    await world.room(name).addAnchors({ userId: `anchor${index}`, clip: { seconds: 2 } });
  const recorders = ['recorder0', 'recorder1'];
  const sessions = await Promise.all(
    names.map((name, index) => {
      const userId = recorders[index]!;
      const userSig = world.sandbox.rooms.userSig({ userId });
      return world.browser.join({ ...world.params(name), userId, userSig }, tapes[index]!);
    }),
  );
  await Promise.all(
    tapes.map((tape, index) => tape.further(10, `anchor${index}/main/audio`, `anchor${index}/main/video`)),
  );
  await sessions[0]!.leave();
  await tapes[1]!.further(10, 'anchor1/main/audio');
  await sessions[1]!.leave();
  expect(tapes.map((tape) => tape.eventsOf('anchor-enter').map(({ userId }) => userId))).toEqual([
    ['anchor0'],
    ['anchor1'],
  ]);
});

test('hostile names pass through unchanged', async () => {
  const name = { type: 'string', id: '-rf $(x) <y>&;|' } as const;
  const userId = '../中文"\'`😀<b>';
  await world.room(name).addAnchors({ userId, clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.further(5, `${userId}/main/audio`, `${userId}/main/video`);
  await session.leave();
  expect(tape.eventsOf('anchor-enter')[0]?.userId).toBe(userId);
});

test('with key frames only for the decoder every frame is still recorded, and the sender is hardly asked for more', async () => {
  const browser = await world.launch({ decode: 'key-frames' });
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/video');
  const asked = sentTo(room, 'anna').main.keyRequests;
  const from = Date.now();
  await tape.further(120, 'anna/main/video');
  const seconds = (Date.now() - from) / 1000;
  const requests = sentTo(room, 'anna').main.keyRequests - asked;
  await session.leave();
  await browser.close();
  expect(
    breaks(
      tape.framesOf('anna/main/video').map((frame) => frame.rtpTimestamp),
      VIDEO_STEP,
      VIDEO_WRAP,
    ),
  ).toEqual([]);
  expect(requests).toBeLessThanOrEqual(Math.ceil(seconds / 3) + 1);
  expect(tape.eventsOf('error')).toEqual([]);
});

test('frames are those that were sent, bit for bit', async () => {
  const name = newRoom();
  // A loop of 2 s is sent again and again: 30 pictures and 100 packets of sound.
  await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await world.browser.join(world.params(name), tape);
  await tape.until(
    'three loops',
    (seen) => seen.framesOf('anna/main/video').length >= 90 && seen.framesOf('anna/main/audio').length >= 300,
  );
  await session.leave();
  for (const [track, period] of [
    ['video', 30],
    ['audio', 100],
  ] as const) {
    const frames = tape.framesOf(`anna/main/${track}`).map(({ data }) => Buffer.from(data).toString('base64'));
    expect(new Set(frames.slice(0, period)).size).toBeGreaterThan(period / 10); // between beeps it is silent
    expect(frames.slice(period, 2 * period)).toEqual(frames.slice(0, period));
    expect(frames.slice(2 * period, 3 * period)).toEqual(frames.slice(0, period));
  }
});
