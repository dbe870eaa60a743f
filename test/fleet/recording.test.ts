import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, misses, playCase, setStage, type Row } from '@trtc-recorder/bench';
import { RecordingResultSchema, TimelineDocumentSchema, type Room } from '@trtc-recorder/contracts';
import { Releasers, silentLogger } from '@trtc-recorder/runtime';
import { loudnessOf, skews, truthOf } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// The main job on the whole product: two anchors who beep and flash at their own frequency, judged by what is in the files.
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

const FREQUENCIES = { anna: 440, bob: 1000 } as const;
const enter = async (room: Room) => {
  for (const [userId, freq] of Object.entries(FREQUENCIES))
    await fleet.sandbox.addAnchors(room, { userId, clip: { freq, pattern: 'flash', gop: 1 } });
};

describe('two anchors', () => {
  test('mode 02: an MP4 of each, in step, until the recorder is removed', async () => {
    const room = { type: 'int', id: 4701 } as const;
    await enter(room);
    const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: 'recorder', Mode: '02' }));
    await fleet.capturing(requestId, { anchors: 2, seconds: 8 });
    await fleet.trtc.removeUser(fleet.stack.keys.app.sdkAppId, room, 'recorder');
    const result = await fleet.result(requestId);

    expect(RecordingResultSchema.parse(result)).toMatchObject({
      SdkAppId: '1400000000',
      RoomId: '4701',
      StrRoomId: '',
      UserId: 'recorder',
      Reason: 'banned',
    });
    expect(result.Files.map(({ UserId, Status, StreamType }) => [UserId, Status, StreamType])).toEqual([
      ['anna', 1, 'main'],
      ['bob', 1, 'main'],
    ]);
    for (const file of result.Files) {
      const freq = FREQUENCIES[file.UserId as keyof typeof FREQUENCIES];
      const truth = await truthOf(fleet.localPath(file), freq);
      expect(truth.errors).toBe('');
      expect(truth.probed.streams.map(({ codec }) => codec).sort()).toEqual(['aac', 'h264']);
      expect(truth.probed.audio?.sampleRate).toBe(48_000);
      // At least the 8 s that progress told of, less the wait for a key frame.
      expect(truth.probed.durationS).toBeGreaterThan(6.5);
      expect(Math.abs(truth.probed.durationS * 1000 - (file.DurationMs ?? 0))).toBeLessThanOrEqual(100);
      // Only this anchor's pictures, none missing between the first and the last.
      expect(truth.sources).toEqual([freq]);
      const missing = truth.frames.filter((frame, i) => i > 0 && frame !== truth.frames[i - 1]! + 1 && frame !== 0);
      expect(missing).toEqual([]);
      // A flash and a beep in every second, together.
      const found = skews(truth);
      expect(found.length).toBeGreaterThanOrEqual(6);
      expect(Math.max(...found.map(Math.abs))).toBeLessThanOrEqual(80);
    }

    // What happened when lies beside the files, and names them.
    const timelineFile = fleet.localPath({ RecordFile: result.Timeline?.Url ?? '' });
    const timeline = TimelineDocumentSchema.parse(JSON.parse(await readFile(timelineFile, 'utf8')));
    expect(timeline).toMatchObject({ RequestId: requestId, Reason: 'banned' });
    expect(timeline.Files.map(({ RecordFile }) => RecordFile)).toEqual(
      result.Files.map(({ RecordFile }) => RecordFile),
    );
    expect(timeline.Anchors.map(({ Streams }) => Streams[0]?.Tracks.map(({ Kind }) => Kind).sort())).toEqual([
      ['audio', 'video'],
      ['audio', 'video'],
    ]);
  }, 120_000);

  test('mode 00: an MP3 of each, no video received, until the room is dismissed', async () => {
    const room = { type: 'string', id: 'class 7' } as const;
    await enter(room);
    const requestId = await fleet.api.submit(fleet.request({ StrRoomId: room.id, UserId: 'recorder', Mode: '00' }));
    await fleet.capturing(requestId, { anchors: 2, seconds: 5 });
    await fleet.trtc.dismissRoom(fleet.stack.keys.app.sdkAppId, room);
    const result = await fleet.result(requestId);

    expect(result).toMatchObject({ RoomId: '', StrRoomId: 'class 7', Reason: 'room_disband' });
    expect(result.Files.map(({ UserId, Status }) => [UserId, Status])).toEqual([
      ['anna', 1],
      ['bob', 1],
    ]);
    for (const file of result.Files) {
      const local = fleet.localPath(file);
      expect(local).toMatch(/\.mp3$/);
      const own = FREQUENCIES[file.UserId as keyof typeof FREQUENCIES];
      const foreign = file.UserId === 'anna' ? FREQUENCIES.bob : FREQUENCIES.anna;
      const { probed, errors, beeps } = await truthOf(local, own);
      expect(errors).toBe('');
      expect(probed.streams.map(({ codec }) => codec)).toEqual(['mp3']);
      expect(Math.abs(probed.bitRate - 128_000)).toBeLessThan(3_000);
      expect(Math.abs(probed.durationS * 1000 - (file.DurationMs ?? 0))).toBeLessThanOrEqual(100);
      expect(beeps.length).toBeGreaterThanOrEqual(4);
      expect(await loudnessOf(local, own)).toBeGreaterThan(10 * (await loudnessOf(local, foreign)));
    }
  }, 120_000);
});

// The quick cases of npm run bench:media, at once: what changes while it is recorded, and what gets lost.
describe('files hold what was sent, when it was sent:', () => {
  const names = ['size-ramp', 'vp8', 'mute-audio', 'leave-5'];
  const releasers = new Releasers(silentLogger());
  let rows: Row[] = [];
  beforeAll(async () => {
    const stage = await setStage(fleet.stack, releasers);
    rows = await Promise.all(CASES.filter(({ name }) => names.includes(name)).map((each) => playCase(stage, each)));
  }, 180_000);
  afterAll(() => releasers.releaseAll());

  test.each(names)('%s', (name) => {
    const row = rows.find((each) => each.case === name);
    expect(row?.eventsExpected).toBeGreaterThan(10);
    expect(misses(row!)).toEqual([]);
  });
});

test('no secret is in any line that the processes printed', () => {
  const { app, cloud, payloadKey } = fleet.stack.keys;
  const text = fleet.lines.join('\n');
  for (const secret of [app.secretKey, cloud.secretKey, payloadKey]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/eJw[\w*-]{20,}/);
});
