import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordingResult, ResultFile, Room } from '@trtc-recorder/contracts';
import { openAnchor, type AnchorsInput, type OpenedAnchor } from '@trtc-recorder/sandbox';
import { sleep } from '@trtc-recorder/runtime';
import { loudnessOf, skews, truthOf, type Truth } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// Modes and streams: who publishes what, when they come and go, and which files that makes. Most of it is waiting for
// media, so the small recordings run beside each other.
/** Shorter than the product's 15 s, so that a test can outlast it. */
const MAX_GAP_S = 5;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ env: { worker: { MAX_GAP_MS: String(MAX_GAP_S * 1000) } } });
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

let rooms = 6000;
const nextRoom = (): Room & { type: 'int' } => ({ type: 'int', id: (rooms += 1) });
const clip = { freq: 440, pattern: 'flash', gop: 1 } as const;

/** Records a room while `act` goes on, then stops. */
async function recordWhile(
  room: Room,
  mode: string,
  anchors: AnchorsInput[],
  act: (requestId: string) => Promise<void>,
): Promise<RecordingResult> {
  for (const anchor of anchors) await fleet.sandbox.addAnchors(room, anchor);
  const where = room.type === 'int' ? { RoomId: room.id } : { StrRoomId: room.id };
  const requestId = await fleet.api.submit(fleet.request({ ...where, UserId: 'recorder', Mode: mode }));
  await fleet.capturing(requestId, { anchors: anchors.length, seconds: 1 });
  await act(requestId);
  await fleet.api.stop(requestId);
  return fleet.result(requestId);
}

const shape = (files: readonly ResultFile[]) =>
  files.map(({ UserId, StreamType, Status }) => [UserId, StreamType, Status]);
const codecs = ({ probed }: Truth) => probed.streams.map(({ codec }) => codec).sort();
const truth = (file: ResultFile | undefined, freq: number = clip.freq) => truthOf(fleet.localPath(file!), freq);

describe('what an anchor publishes', () => {
  test.concurrent(
    'a screen share is a file of its own',
    async () => {
      const { Files } = await recordWhile(nextRoom(), '02', [{ userId: 'anna', clip, sub: true }], () => sleep(5_000));
      expect(shape(Files)).toEqual([
        ['anna', 'main', 1],
        ['anna', 'sub', 1],
      ]);
      const [main, sub] = [await truth(Files[0]), await truth(Files[1])];
      expect(codecs(main)).toEqual(['aac', 'h264']);
      expect(codecs(sub)).toEqual(['h264']);
      expect([sub.probed.video?.width, sub.probed.video?.height]).toEqual([1280, 720]);
      expect(main.errors + sub.errors).toBe('');
    },
    60_000,
  );

  test.concurrent(
    'audio only in mode 02 is an MP4 with sound alone',
    async () => {
      const { Files } = await recordWhile(nextRoom(), '02', [{ userId: 'anna', clip, main: false }], () =>
        sleep(4_000),
      );
      const seen = await truth(Files[0]);
      expect([shape(Files), codecs(seen), seen.errors]).toEqual([[['anna', 'main', 1]], ['aac'], '']);
      expect(seen.beeps.length).toBeGreaterThanOrEqual(3);
    },
    60_000,
  );

  test.concurrent(
    'video only in mode 02 is an MP4 with the picture alone',
    async () => {
      const { Files } = await recordWhile(nextRoom(), '02', [{ userId: 'anna', clip, audio: false }], () =>
        sleep(4_000),
      );
      const seen = await truth(Files[0]);
      expect([shape(Files), codecs(seen), seen.errors]).toEqual([[['anna', 'main', 1]], ['h264'], '']);
      expect(seen.flashes.length).toBeGreaterThanOrEqual(3);
    },
    60_000,
  );

  test.concurrent(
    'mode 01 takes the picture and no sound',
    async () => {
      const { Files } = await recordWhile(nextRoom(), '01', [{ userId: 'anna', clip }], () => sleep(4_000));
      const seen = await truth(Files[0]);
      expect([codecs(seen), seen.errors]).toEqual([['h264'], '']);
      expect(fleet.localPath(Files[0]!)).toMatch(/\.mp4$/);
    },
    60_000,
  );
});

describe('coming and going', () => {
  test.concurrent(
    'a late anchor gets a file from when it came',
    async () => {
      const room = nextRoom();
      const { Files } = await recordWhile(room, '00', [{ userId: 'anna', clip }], async () => {
        await sleep(4_000);
        await fleet.sandbox.addAnchors(room, { userId: 'late', clip: { ...clip, freq: 900 } });
        await sleep(4_000);
      });
      expect(shape(Files)).toEqual([
        ['anna', 'main', 1],
        ['late', 'main', 1],
      ]);
      const startOf = (file: ResultFile | undefined) => Date.parse(file?.StartTime ?? '');
      expect(startOf(Files[1]) - startOf(Files[0])).toBeGreaterThan(3_500);
    },
    60_000,
  );

  test.concurrent(
    'away for longer: a further file of the same anchor',
    async () => {
      const room = nextRoom();
      const { Files } = await recordWhile(room, '00', [{ userId: 'anna', clip }], async () => {
        await sleep(2_000);
        await fleet.sandbox.leave(room, 'anna');
        await sleep((MAX_GAP_S + 2) * 1_000);
        await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
        await sleep(3_000);
      });
      expect(shape(Files)).toEqual([
        ['anna', 'main', 1],
        ['anna', 'main', 1],
      ]);
      expect(new Set(Files.map(({ RecordFile }) => RecordFile)).size).toBe(2);
    },
    60_000,
  );
});

test.concurrent(
  'integer room 123 and string room "123" are two rooms',
  async () => {
    const int = { type: 'int', id: 123 } as const;
    const string = { type: 'string', id: '123' } as const;
    const [a, b] = await Promise.all([
      recordWhile(int, '00', [{ userId: 'anna', clip: { ...clip, freq: 440 } }], () => sleep(3_000)),
      recordWhile(string, '00', [{ userId: 'anna', clip: { ...clip, freq: 900 } }], () => sleep(3_000)),
    ]);
    const [inInt, inString] = [fleet.localPath(a.Files[0]!), fleet.localPath(b.Files[0]!)];
    expect(inInt).not.toBe(inString);
    expect(await loudnessOf(inInt, 440)).toBeGreaterThan(10 * (await loudnessOf(inInt, 900)));
    expect(await loudnessOf(inString, 900)).toBeGreaterThan(10 * (await loudnessOf(inString, 440)));
  },
  60_000,
);

describe('an anchor with the real SDK in a real browser', () => {
  let anchor: OpenedAnchor;
  afterAll(() => anchor.close());

  test('its clip is recorded in step, with its screen apart', async () => {
    const room = nextRoom();
    const browser = fleet.stack.tools.chromium === '' ? {} : { chromiumPath: fleet.stack.tools.chromium };
    const where = { sandboxUrl: fleet.stack.sandbox.http, type: room.type, room: String(room.id) };
    anchor = await openAnchor({ ...where, ...browser, user: 'carla', media: 'clip', freq: 700, screen: true });
    const { Files } = await recordWhile(room, '02', [], () => sleep(12_000));
    expect(shape(Files)).toEqual([
      ['carla', 'main', 1],
      ['carla', 'sub', 1],
    ]);
    const seen = await truth(Files[0], 700);
    expect(seen.errors).toBe('');
    expect(seen.sources).toEqual([700]);
    const found = skews(seen);
    expect(found.length).toBeGreaterThanOrEqual(6);
    const apart = found.map(Math.abs).sort((a, b) => a - b);
    expect(apart[Math.floor(apart.length / 2)]).toBeLessThanOrEqual(80);
    // The sender plays its clip in a browser, which stutters beside other work.
    expect(apart.at(-1)).toBeLessThanOrEqual(250);
  }, 90_000);
});

test('forty anchors in one room: forty files', async () => {
  const anchors = { userId: 'u', count: 40, clip: { ...clip, kbps: 150 } };
  const room = nextRoom();
  await fleet.sandbox.addAnchors(room, anchors);
  const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: 'recorder', Mode: '02' }));
  await fleet.capturing(requestId, { anchors: 40, seconds: 8 });
  // The last one may have begun just now.
  await sleep(6_000);
  await fleet.api.stop(requestId);
  const { Files } = await fleet.result(requestId, 240_000);
  expect(Files).toHaveLength(40);
  expect(Files.every(({ Status }) => Status === 1)).toBe(true);
  expect(new Set(Files.map(({ UserId }) => UserId)).size).toBe(40);
  expect(Math.min(...Files.map(({ DurationMs }) => DurationMs ?? 0))).toBeGreaterThan(4_000);
}, 330_000);
