import { expect, test } from '@jest/globals';
import type { ChainLink, Picture } from '../../src/spool/frames/picture.ts';
import { VideoTimestamps } from '../../src/spool/order/video-timestamps.ts';

const STEP_MS = 66;

interface Sent {
  readonly number: number;
  /** By the sender's timestamps, ms. */
  readonly ms: number;
  readonly at: number;
}

/** Frames of one GOP; H264 counts modulo 16. */
const picture = ({ number, ms, at }: Sent, codec: 'h264' | 'vp8'): Picture => {
  const chain: ChainLink = {
    ...{ idr: number === 0, reference: true, frameNum: number % 16, maxFrameNum: 16 },
    ...{ resets: false, gapsAllowed: false, fields: false },
  };
  const data = Buffer.alloc(100, 7);
  data.writeUInt32BE(number, 96);
  return { codec, rtp: ms * 90, arrivedAt: at, key: number === 0, data, ...(codec === 'h264' && { chain }) };
};

const row = (from: number, to: number, offsetMs = 0): Sent[] =>
  Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return { number, ms: number * STEP_MS + offsetMs, at: number * STEP_MS };
  });

/** The frames as they are let go: `number@place`, the place in frames; `!` at a jump. */
const feed = (sent: readonly Sent[], codec: 'h264' | 'vp8', isOpen = false): string[] => {
  const out: string[] = [];
  const timestamps = new VideoTimestamps({
    frame: ({ rtp, data }, jump) => {
      const number = Buffer.from(data).readUInt32BE(96);
      out.push(`${number}@${Math.round((rtp / 90 / STEP_MS) * 10) / 10}${jump ? '!' : ''}`);
    },
    isOpen: () => isOpen,
  });
  for (const frame of sent) timestamps.push(picture(frame, codec));
  timestamps.end();
  return out;
};
const placed = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${from + index}@${from + index}`);

test.each(
  (['h264', 'vp8'] as const).flatMap((codec) =>
    [-70, -100, -132, -500, -1_320, -3_000, -9_000, -60_000, 500, 12_000].map((ms) => [codec, ms] as const),
  ),
)('%s: timestamps that jump by %d ms go on', (codec, ms) => {
  const out = feed([...row(0, 40), ...row(40, 80, ms)], codec);
  expect(out).toEqual([...placed(0, 40), '40@40!', ...placed(41, 80)]);
});

test('set back before the first frame of the track: the first frames are held until a row shows it', () => {
  expect(feed([...row(0, 10), ...row(10, 30, -3_000)], 'vp8')).toEqual([...placed(0, 10), '10@10!', ...placed(11, 30)]);
});

test.each(['h264', 'vp8'] as const)('%s: frames sent again all at once after a cut are late', (codec) => {
  const held = row(40, 55).map((frame) => ({ ...frame, at: 56 * STEP_MS }));
  const out = feed([...row(0, 40), ...row(55, 56), ...held, ...row(56, 80)], codec);
  expect(out.filter((name) => name.endsWith('!'))).toEqual([]);
  expect(out.toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))).toEqual(placed(0, 80));
});

test.each(['h264', 'vp8'] as const)('%s: a frame that is repeated keeps its place, also after a jump', (codec) => {
  const again = { ...row(39, 40)[0]!, at: 41 * STEP_MS };
  const out = feed([...row(0, 40), ...row(40, 42, -500), again, ...row(42, 60, -500)], codec);
  expect(out.filter((name) => name !== '39@39')).toEqual([...placed(0, 39), '40@40!', ...placed(41, 60)]);
});

test('frames with one timestamp that come together are parts of one frame', () => {
  const layer = { number: 100, ms: 39 * STEP_MS, at: 39 * STEP_MS + 1 };
  const out = feed([...row(0, 40), layer, ...row(40, 60)], 'vp8');
  expect(out).toEqual([...placed(0, 40), '100@39', ...placed(40, 60)]);
});
