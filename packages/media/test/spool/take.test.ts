import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Frame, Mode, RoomEvent } from '@trtc-recorder/contracts';
import { silentLogger, type AppError } from '@trtc-recorder/runtime';
import { openSpool, type JournalEntry, type Spool, type Take } from '../../src/index.ts';
import { pick } from './judge-segments.ts';
import { T0 } from './sender.ts';
import { readArrivals } from '../../src/spool/journal/read-arrivals.ts';

let dir: string;
let spool: Spool;
let take: Take;
const faults: AppError[] = [];
const keysNeeded: number[] = [];

const start = async (mode: Mode = '02') => {
  spool = await openSpool({ dir, logger: silentLogger() });
  take = await spool.startTake({
    ...{ worker: 'w1', mode, onFault: (error: AppError) => faults.push(error) },
    onKeyFrameNeeded: (tap) => keysNeeded.push(tap),
  });
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'take-'));
  faults.length = 0;
  keysNeeded.length = 0;
  await start();
});
afterEach(async () => {
  await take.close('test over');
  await rm(dir, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

type Sound = Partial<Pick<Frame, 'userId' | 'stream' | 'tap' | 'ssrc'>> & {
  /** Seconds after T0 between which it is heard. */
  readonly from: number;
  readonly to: number;
  /** Added to RTP timestamps that otherwise follow the time, seconds. */
  readonly rtpOffset?: number;
};

/** 50 packets of 20 ms a second. */
const sound = ({ from, to, rtpOffset = 0, ...rest }: Sound): Frame[] =>
  Array.from({ length: Math.round((to - from) * 50) }, (_, index): Frame => {
    const seconds = from + index / 50;
    const { userId = 'ann', stream = 'main', tap = 1, ssrc = 11 } = rest;
    return {
      ...{ userId, stream, tap, ssrc, kind: 'audio', codec: 'opus', key: true },
      rtpTimestamp: Math.round((seconds + rtpOffset) * 48_000) >>> 0,
      sequenceNumber: Math.round(seconds * 50) & 0xffff,
      receivedAt: T0 + seconds * 1000,
      // TOC 15: SILK and CELT, 20 ms, one frame.
      data: Uint8Array.of(15 << 3, 1, 2, 3),
    };
  });

const play = (...items: readonly (Frame | RoomEvent)[]) => {
  const at = (item: Frame | RoomEvent) => ('data' in item ? item.receivedAt : item.at);
  for (const item of items.toSorted((a, b) => at(a) - at(b))) {
    if ('data' in item) take.frame(item);
    else take.event(item);
  }
};
const ann = { userId: 'ann', stream: 'main', kind: 'audio' } as const;
const at = (seconds: number) => T0 + seconds * 1000;

/** Tracks in the order they began, with what was written of each. */
const tracks = async (end = 'stopped') => {
  await take.close(end);
  const journal = await spool.journal();
  return pick(journal, 'track').map(({ track, userId }) => {
    const own = (entry: JournalEntry): boolean => 'track' in entry && entry.track === track;
    const segments = pick(journal, 'segment').filter(own);
    const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
    return { userId, frames, segments: segments.length, end: pick(journal, 'track-end').find(own)?.cause };
  });
};

test('a new SSRC on a receiver is a new track, and ends the one before', async () => {
  play(...sound({ from: 0, to: 3 }), ...sound({ from: 3, to: 6, ssrc: 12, userId: 'bob' }));
  expect(await tracks()).toEqual([
    { userId: 'ann', frames: 150, segments: 1, end: 'replaced' },
    { userId: 'bob', frames: 150, segments: 1, end: 'stopped' },
  ]);
});

test('the same SSRC with another owner is a new track', async () => {
  play(...sound({ from: 0, to: 3 }), ...sound({ from: 3, to: 6, userId: 'bob' }));
  expect(await tracks()).toMatchObject([
    { userId: 'ann', frames: 150, end: 'owner' },
    { userId: 'bob', frames: 150 },
  ]);
});

test.each([7000, 5, 0.4, -0.01, -0.04, -5, -7000])(
  'RTP timestamps that jump by %d s lose nothing',
  async (rtpOffset) => {
    play(...sound({ from: 0, to: 3 }), ...sound({ from: 3, to: 6, rtpOffset }));
    expect(await tracks()).toMatchObject([{ frames: 300, segments: 1, end: 'stopped' }]);
    const [segment] = pick(await spool.journal(), 'segment');
    expect(segment!.lastRtp - segment!.firstRtp).toBe(299 * 960);
  },
);

test('RTP timestamps and sequence numbers that both jump are a new track', async () => {
  const other = sound({ from: 3, to: 6, rtpOffset: 7000 });
  play(
    ...sound({ from: 0, to: 3 }),
    ...other.map((frame) => ({ ...frame, sequenceNumber: (frame.sequenceNumber! + 20_000) & 0xffff })),
  );
  expect(await tracks()).toMatchObject([
    { frames: 150, end: 'discontinuity' },
    { frames: 150, end: 'stopped' },
  ]);
});

test('RTP timestamps that wrap are no jump', async () => {
  play(...sound({ from: 0, to: 4, rtpOffset: 2 ** 32 / 48_000 - 2 }));
  expect(await tracks()).toEqual([{ userId: 'ann', frames: 200, segments: 1, end: 'stopped' }]);
});

test('a packet out of turn is waited for on a receiver that falls behind the others', async () => {
  // Packet 20 comes 30 ms late, and with all after it is handed over half a second later still.
  const ann = sound({ from: 0, to: 3 }).map((frame, index) => {
    const receivedAt = frame.receivedAt + (index === 20 ? 30 : 0);
    return { frame: { ...frame, receivedAt }, handedOver: receivedAt + (index === 20 || index > 21 ? 500 : 0) };
  });
  const others = sound({ from: 0, to: 4, tap: 2, ssrc: 22, userId: 'bob' });
  const inTurn = [...ann, ...others.map((frame) => ({ frame, handedOver: frame.receivedAt }))];
  for (const { frame } of inTurn.sort((a, b) => a.handedOver - b.handedOver)) take.frame(frame);
  expect(await tracks()).toMatchObject([{ frames: 150 }, { frames: 200 }]);
  expect(pick(await spool.journal(), 'gap')).toEqual([]);
});

test('a pause closes the segment, and the track goes on', async () => {
  const others = sound({ from: 0, to: 70, tap: 2, ssrc: 22, userId: 'bob' });
  play(...others, ...sound({ from: 0, to: 3 }), ...sound({ from: 65, to: 68 }));
  expect(await tracks()).toMatchObject([
    { userId: 'bob', frames: 3500, segments: 7 },
    { userId: 'ann', frames: 300, segments: 2, end: 'stopped' },
  ]);
});

test('a track that was silent for long when the take ended had ended of silence', async () => {
  play(...sound({ from: 0, to: 40, tap: 2, ssrc: 22, userId: 'bob' }), ...sound({ from: 0, to: 3 }));
  expect(await tracks()).toMatchObject([{ end: 'stopped' }, { userId: 'ann', frames: 150, end: 'silence' }]);
});

describe('what events say about tracks', () => {
  const others = sound({ from: 0, to: 10, tap: 2, ssrc: 22, userId: 'bob' });

  test('frames that come shortly after "unavailable" still belong to the track', async () => {
    const event: RoomEvent = { type: 'unavailable', at: at(2.7), ...ann };
    play(...others, ...sound({ from: 0, to: 3 }), event, ...sound({ from: 6, to: 7 }));
    expect(await tracks()).toMatchObject([
      { userId: 'bob', frames: 500 },
      { userId: 'ann', frames: 150, end: 'unavailable' },
      { userId: 'ann', frames: 50, end: 'stopped' },
    ]);
  });

  test('a short mute changes nothing', async () => {
    const events: RoomEvent[] = [
      { type: 'unavailable', at: at(3), ...ann },
      { type: 'available', at: at(3.5), ...ann },
    ];
    play(...others, ...sound({ from: 0, to: 3 }), ...events, ...sound({ from: 3.5, to: 8 }));
    expect(await tracks()).toMatchObject([{ userId: 'bob' }, { userId: 'ann', frames: 375, end: 'stopped' }]);
  });

  test('an anchor that leaves takes all its tracks along, and nobody else', async () => {
    const sub = sound({ from: 0, to: 3, stream: 'sub', tap: 3, ssrc: 33 });
    const exit: RoomEvent = { type: 'anchor-exit', at: at(3), userId: 'ann', reason: 0 };
    play(...others, ...sound({ from: 0, to: 3 }), ...sub, exit);
    expect(await tracks()).toMatchObject([
      { userId: 'bob', frames: 500, end: 'stopped' },
      { userId: 'ann', frames: 150, end: 'anchor-exit' },
      { userId: 'ann', frames: 150, end: 'anchor-exit' },
    ]);
  });

  test.each<RoomEvent>([
    { type: 'kicked', at: at(3), reason: 'banned' },
    { type: 'error', at: at(3), code: 5000, message: 'gone' },
    { type: 'crashed', at: at(3), message: 'gone' },
  ])('$type ends everything at once', async (event) => {
    play(...sound({ from: 0, to: 3 }), ...sound({ from: 0, to: 3, tap: 2, ssrc: 22, userId: 'bob' }), event);
    expect(take.stats().openTracks).toBe(0);
    expect(await tracks()).toMatchObject([{ end: event.type }, { end: event.type }]);
  });

  test('every event is in the journal as it came', async () => {
    const events: RoomEvent[] = [
      { type: 'entered', at: at(0) },
      { type: 'anchor-enter', at: at(1), userId: '../中文 "$(x)"' },
      { type: 'note', at: at(2), message: 'a\nb' },
    ];
    play(...events);
    await take.close('stopped');
    expect(pick(await spool.journal(), 'event').map(({ event }) => event)).toEqual(events);
  });
});

test.each([
  ['00', ['audio']],
  ['01', ['video']],
  ['02', ['audio', 'video']],
] as const)('mode %s keeps %j', async (mode, kinds) => {
  await take.close('another mode');
  await start(mode);
  const vp8 = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 0, 0);
  const picture: Frame = {
    ...sound({ from: 0, to: 0.02 })[0]!,
    kind: 'video',
    codec: 'vp8',
    tap: 9,
    ssrc: 99,
    data: vp8,
  };
  play(...sound({ from: 0, to: 0.1 }), picture);
  await take.close('stopped');
  expect(
    pick(await spool.journal(), 'track')
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(kinds);
});

test('frames that come while or after a take closes are not taken, and closing again is the same closing', async () => {
  play(...sound({ from: 0, to: 2 }));
  const closing = take.close('stopped');
  play(...sound({ from: 2, to: 3 }));
  take.event({ type: 'entered', at: at(3) });
  await Promise.all([closing, take.close('again')]);
  take.frame(sound({ from: 3, to: 3.1 })[0]!);
  expect(take.stats()).toEqual({ anchors: 1, bytes: 400, frames: 100, openTracks: 0 });
  const journal = await spool.journal();
  expect(pick(journal, 'take-end')).toMatchObject([{ reason: 'stopped' }]);
  expect(pick(journal, 'event')).toEqual([]);
  expect(pick(journal, 'segment')).toMatchObject([{ frames: 100, frameTicks: 960 }]);
});

test('the journal has the arrival of each frame, to 0.1 ms', async () => {
  const late = sound({ from: 0, to: 5 }).map((frame, index) => ({
    ...frame,
    receivedAt: frame.receivedAt + (index % 7) * 1.3,
  }));
  play(...late);
  await take.close('stopped');
  const lines = pick(await spool.journal(), 'arrivals');
  expect(lines[0]).toMatchObject({ rtp: 0, receivedAt: at(0), frames: [0] });
  const arrivals = lines.flatMap((line) => [...readArrivals(line, 48_000)]);
  expect(arrivals.map(({ rtp }) => rtp)).toEqual(late.map((_, index) => index * 960));
  for (const [index, { receivedAt, jump }] of arrivals.entries()) {
    expect(Math.abs(receivedAt - late[index]!.receivedAt)).toBeLessThanOrEqual(0.051);
    expect(jump).toBeUndefined();
  }
});

test('nothing that a frame holds can harm the capture', async () => {
  const [frame] = sound({ from: 0, to: 0.02 });
  const hostile: Partial<Frame>[] = [
    { data: new Uint8Array() },
    { kind: 'video', codec: 'h264', tap: 5, ssrc: 5, data: new Uint8Array(100) },
    {
      kind: 'video',
      codec: 'h264',
      tap: 5,
      ssrc: 5,
      data: Uint8Array.of(0, 0, 1, 0x67, 0xff, 0, 0, 1, 0x68, 0, 0, 1, 0x65),
    },
    { kind: 'video', codec: 'vp8', tap: 6, ssrc: 6, data: Uint8Array.of(0) },
    { userId: 'x'.repeat(10_000) },
    { rtpTimestamp: NaN, receivedAt: NaN },
  ];
  for (const fields of hostile) take.frame({ ...frame!, ...fields });
  const swapped = sound({ from: 1, to: 2, tap: 7, ssrc: 7, userId: 'bob' });
  play(...swapped.filter((_, index) => index !== 20));
  expect((await tracks()).find(({ userId }) => userId === 'bob')).toMatchObject({ frames: 49 });
  expect(pick(await spool.journal(), 'gap').filter(({ cause }) => cause === 'loss')).toHaveLength(1);
});

describe('pictures of a sender that makes key frames on request only', () => {
  const vp8 = (key: boolean) => Uint8Array.of(key ? 0 : 1, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0, 1, 2, 3);
  type Shown = Sound & { readonly keys?: readonly number[] };
  /** 15 a second; `keys`: those by their index. */
  const picture = ({ from, to, rtpOffset = 0, keys = [], tap = 2, ssrc = 5 }: Shown): Frame[] =>
    Array.from({ length: Math.round((to - from) * 15) }, (_, index): Frame => {
      const seconds = from + index / 15;
      const key = keys.includes(index);
      return {
        ...{ userId: 'ann', stream: 'main', kind: 'video', codec: 'vp8', tap, ssrc, key, data: vp8(key) },
        rtpTimestamp: Math.round((seconds + rtpOffset) * 90_000) >>> 0,
        receivedAt: T0 + seconds * 1000,
      };
    });
  const muted = (seconds: number): RoomEvent => ({ type: 'unavailable', at: at(seconds), ...ann, kind: 'video' });
  const unmuted = (seconds: number): RoomEvent => ({ type: 'available', at: at(seconds), ...ann, kind: 'video' });

  test('it is asked for one after a mute, as the next track begins with others', () => {
    play(...sound({ from: 0, to: 20 }), ...picture({ from: 0, to: 5, keys: [0] }), muted(5), unmuted(9));
    expect(keysNeeded).toEqual([]);
    play(...picture({ from: 9, to: 10 }));
    expect(keysNeeded).toEqual([2]);
  });

  test('one whose clock is set back by 5 s loses no frame, and none is asked for', async () => {
    play(...picture({ from: 0, to: 10, keys: [0] }), ...picture({ from: 10, to: 20, rtpOffset: -5, keys: [0, 40] }));
    await take.close('stopped');
    const journal = await spool.journal();
    expect(pick(journal, 'track-end').map(({ cause }) => cause)).toEqual(['stopped']);
    expect(pick(journal, 'segment').reduce((sum, { frames }) => sum + frames, 0)).toBe(300);
    expect(keysNeeded).toEqual([]);
  });

  test('another sender for a moment on its receiver is not its end', async () => {
    play(
      ...sound({ from: 0, to: 30 }),
      ...picture({ from: 0, to: 5, keys: [0] }),
      ...picture({ from: 5, to: 5.2, ssrc: 9, keys: [0] }),
      ...picture({ from: 5.2, to: 10 }),
      ...picture({ from: 13, to: 20 }),
    );
    await take.close('stopped');
    const segments = pick(await spool.journal(), 'segment').filter(({ codec }) => codec === 'vp8');
    expect(segments.reduce((sum, { frames }) => sum + frames, 0)).toBe(75 + 3 + 72 + 105);
  });
});
