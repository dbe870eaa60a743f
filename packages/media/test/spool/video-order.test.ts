import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seeded } from '../helpers/spool-fixture.ts';
import { VideoOrder } from '../../src/spool/order/video-order.ts';
import type { ChainLink, Picture } from '../../src/spool/frames/picture.ts';

const STEP = 6000;
const MS = STEP / 90;

interface Made extends Picture {
  readonly name: string;
}

interface Encoder {
  readonly codec?: 'h264' | 'vp8';
  readonly gapsAllowed?: boolean;
  readonly modulus?: number;
}

/**
 * Pictures by name: `K` a key frame (IDR), `P` one that others refer to, `n` one nobody refers to. Their numbers count
 * as an encoder's frame_num does. `R` resets the count (operation 5).
 */
const encode = (row: string, encoder: Encoder = {}): Made[] => {
  const { codec = 'h264', gapsAllowed = false, modulus = 16 } = encoder;
  let frameNum = 0;
  let afterReset = false;
  return row.split('').map((letter, index) => {
    const key = letter === 'K';
    const reference = letter !== 'n';
    frameNum = key ? 0 : ((afterReset ? 0 : frameNum) + 1) % modulus;
    const own = frameNum;
    if (!reference) frameNum = (frameNum - 1 + modulus) % modulus;
    afterReset = letter === 'R';
    const chain: ChainLink = {
      idr: key,
      reference,
      frameNum: own,
      maxFrameNum: modulus,
      resets: afterReset,
      gapsAllowed,
      fields: false,
    };
    const rtp = index * STEP;
    const name = `${letter}${index}`;
    return {
      name,
      codec,
      rtp,
      arrivedAt: index * MS,
      key,
      data: Uint8Array.of(index),
      ...(codec === 'h264' && { chain }),
    };
  });
};

let asked = 0;
const feed = (arrivals: readonly Made[], upToMs = Infinity) => {
  const out: string[] = [];
  asked = 0;
  const order = new VideoOrder({
    picture: (picture) => out.push((picture as Made).name),
    gap: ({ fromRtp, toRtp, dropped, cause }) => out.push(`${cause} ${fromRtp / STEP}-${toRtp / STEP} (${dropped})`),
    late: (picture) => out.push(`late ${(picture as Made).name}`),
    needsKey: () => (asked += 1),
  });
  for (const picture of arrivals.toSorted((a, b) => a.arrivedAt - b.arrivedAt)) order.push(picture);
  if (upToMs === Infinity) order.end();
  else order.flush(upToMs);
  return out.join(' ');
};

const without = (row: readonly Made[], ...lost: number[]): Made[] => row.filter((_, index) => !lost.includes(index));
const delayed = (row: readonly Made[], index: number, ms: number): Made[] =>
  row.map((picture, at) => (at === index ? { ...picture, arrivedAt: picture.arrivedAt + ms } : picture));

test.each([
  ['in order', encode('KPPPKP'), 'K0 P1 P2 P3 K4 P5'],
  ['frame_num over its wrap', encode('KPPPPPP', { modulus: 4 }), 'K0 P1 P2 P3 P4 P5 P6'],
  ['repeated RTP times', encode('KPPP').flatMap((picture) => [picture, picture]), 'K0 P1 P2 P3'],
  ['two swapped', delayed(encode('KPPPP'), 2, 100), 'K0 P1 P2 P3 P4'],
  ['a key frame that comes after its successors', delayed(encode('PKPPP'), 1, 150), 'no-key-frame 0-1 (1) K1 P2 P3 P4'],
  ['deltas first', encode('PPKP'), 'no-key-frame 0-2 (2) K2 P3'],
  ['never a key frame', encode('PPP'), 'no-key-frame 0-2 (3)'],
  ['one lost', without(encode('KPPPPPKP'), 3), 'K0 P1 P2 held 3-6 (2) K6 P7'],
  ['two lost', without(encode('KPPPPPPKP'), 2, 4), 'K0 P1 held 2-7 (3) K7 P8'],
  ['lost, and no key frame since', without(encode('KPPPPP'), 3), 'K0 P1 P2 held 3-5 (2)'],
  ['one nobody refers to is lost', without(encode('KPnPnPnP'), 4), 'K0 P1 n2 P3 P5 n6 P7'],
  ['a lost one before one nobody refers to', without(encode('KPPnPK'), 2), 'K0 P1 held 2-5 (2) K5'],
  ['operation 5 begins the count anew', encode('KPPRPP'), 'K0 P1 P2 R3 P4 P5'],
  ['lost after operation 5', without(encode('KPRPPK'), 3), 'K0 P1 R2 held 3-5 (1) K5'],
  [
    'one less than a round of the count is lost',
    without(encode(`K${'P'.repeat(40)}K`), ...Array.from({ length: 15 }, (_, index) => 5 + index)),
    'K0 P1 P2 P3 P4 held 5-41 (21) K41',
  ],
  [
    'a whole round of the count is lost, and the receiver asks for a key frame',
    without(encode(`K${'P'.repeat(60)}K`), ...Array.from({ length: 16 }, (_, index) => 12 + index)),
    `K0 ${Array.from({ length: 11 }, (_, index) => `P${index + 1}`).join(' ')} held 12-61 (33) K61`,
  ],
  ['a key frame is lost', without(encode('KPPPPKPPK'), 5), 'K0 P1 P2 P3 P4 held 5-8 (2) K8'],
  [
    'temporal layers left out on purpose',
    without(encode('KPPPPPPP', { gapsAllowed: true }), 2, 4, 6),
    'K0 P1 P3 P5 P7',
  ],
])('H264: %s', (_, arrivals, expected) => {
  expect(feed(arrivals)).toBe(expected);
});

test('a picture that comes after its place was given up is told', () => {
  const row = delayed(encode('KPPPPPPPPPPPPKP'), 3, 600);
  expect(feed(row)).toBe('K0 P1 P2 late P3 held 3-13 (9) K13 P14');
});

test('a hole is waited for, and no longer than its window', () => {
  const row = without(encode('KPPPPPPK'), 5);
  expect(feed(row, 6 * MS + 399)).toBe('K0 P1 P2 P3 P4');
  expect(feed(row, 6 * MS + 400)).toBe('K0 P1 P2 P3 P4 held 5-7 (1) K7');
});

test('a hole at the very start is waited for until more came', () => {
  const row = without(encode('KPPPK'), 2);
  expect(feed(row, 3 * MS + 1999)).toBe('K0 P1');
  expect(feed(row, 3 * MS + 2000)).toBe('K0 P1 held 2-4 (1) K4');
  expect(asked).toBe(1);
});

test('a picture that follows is let go at once', () => {
  expect(feed(encode('KPPP'), 0)).toBe('K0 P1 P2 P3');
});

const vp8 = (row: string) => encode(row, { codec: 'vp8' });
const steady = 'KPPPPPPPPP';
test.each([
  ['in order', vp8(`${steady}PP`), 'K0 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11'],
  [
    'a step twice as wide, then a key frame: it was a loss',
    without(vp8(`${steady}PPPKP`), 10),
    'K0 P1 P2 P3 P4 P5 P6 P7 P8 P9 held 10-13 (2) K13 P14',
  ],
  [
    'a step twice as wide, and no key frame for long: the encoder left it out',
    without(vp8(steady + 'P'.repeat(70) + 'K'), 10),
    steady
      .split('')
      .map((letter, index) => `${letter}${index}`)
      .join(' ') +
      ' ' +
      Array.from({ length: 69 }, (_, index) => `P${index + 11}`).join(' ') +
      ' K80',
  ],
])('VP8: %s', (_, arrivals, expected) => {
  expect(feed(arrivals)).toBe(expected);
});

/** A row whose frame_num is changed by `count`, which is given the true number of reference frames so far. */
const counting = (row: readonly Made[], count: (frames: number, index: number) => number): Made[] => {
  let frames = 0;
  return row.map((picture, index) => {
    if (picture.chain === undefined) return picture;
    frames = picture.key ? 0 : frames + 1;
    const frameNum = picture.key ? 0 : count(frames, index) % picture.chain.maxFrameNum;
    return { ...picture, chain: { ...picture.chain, frameNum } };
  });
};
const names = (row: readonly Made[]): string => row.map(({ name }) => name).join(' ');
const gops = `K${'P'.repeat(29)}`.repeat(4);
/** Times of a camera that is not steady: seconds and thirds of the usual step. */
const unsteady = (row: readonly Made[]): Made[] => {
  let rtp = 0;
  return row.map((picture, index) => {
    rtp += STEP * (1 + ((index * 7) % 5) / 10);
    return { ...picture, rtp: Math.round(rtp), arrivedAt: rtp / 90 };
  });
};

test.each<[string, (frames: number, index: number) => number]>([
  ['counts by two', (frames) => frames * 2],
  ['counts by three', (frames) => frames * 3],
  ['skips a number now and then', (frames) => frames + Math.floor(frames / 7)],
  ['skips numbers at random', (frames, index) => frames + ((index * 2654435761) >>> 28)],
  ['does not count', () => 1],
  ['counts every second frame', (frames) => frames >> 1],
  ['counts backwards', (frames) => 64 * 16 - frames],
])('H264 of an encoder that %s: nothing is lost', (_, count) => {
  for (const row of [encode(gops), encode(gops, { modulus: 256 }), unsteady(encode(gops))]) {
    const odd = counting(row, count);
    expect(feed(odd)).toBe(names(odd));
    // Before so much came that it shows.
    expect(asked).toBeLessThanOrEqual(2);
  }
});

test.each<[string, (frames: number, index: number) => number]>([
  ['counts by two', (frames) => frames * 2],
  ['skips a number now and then', (frames) => frames + Math.floor(frames / 7)],
  ['does not count', () => 1],
])('H264 of an encoder that %s: what hangs on a frame that is lost is left out', (_, count) => {
  const row = without(counting(encode(gops), count), 70, 71);
  expect(feed(row)).toBe(`${names(row.slice(0, 70))} held 70-90 (18) ${names(row.slice(88))}`);
});

test('a frame rate that doubles as a frame is lost makes it no miscount', () => {
  const slow = encode(`K${'P'.repeat(20)}`).map((picture) => ({
    ...picture,
    rtp: picture.rtp * 2,
    arrivedAt: picture.arrivedAt * 2,
  }));
  const fast = encode(`K${'P'.repeat(40)}K`).slice(21);
  const row = [
    ...slow,
    ...fast.map((picture) => ({ ...picture, rtp: picture.rtp + 20 * STEP, arrivedAt: picture.arrivedAt + 20 * MS })),
  ];
  const lossy = without(row, 21);
  const got = feed(lossy);
  expect(got).toContain('held');
  expect(got).not.toContain('P22');
});

test('nothing undecodable comes out, in order, once each, and every picture is accounted for', () => {
  // Key frames are safe here: frame_num is 0 in all of them, so one that is lost can go unnoticed.
  const fate = fc.record({
    letter: fc.constantFrom('K', 'P', 'P', 'P', 'n'),
    lost: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
    delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
    twice: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 80 }), (fates) => {
      const row = encode(fates.map(({ letter }) => letter).join(''));
      const arrivals = row.flatMap((picture, index) => {
        const { letter, lost, delayMs, twice } = fates[index]!;
        if (letter === 'K') return [picture];
        const late = { ...picture, arrivedAt: picture.arrivedAt + delayMs };
        if (lost) return [];
        return twice ? [late, { ...late, arrivedAt: late.arrivedAt + 30 }] : [late];
      });
      const written: Made[] = [];
      const order = new VideoOrder({
        picture: (picture) => written.push(picture as Made),
        gap: ({ fromRtp, toRtp }) => expect(toRtp).toBeGreaterThanOrEqual(fromRtp),
        late: (picture) => expect(written).not.toContain(picture),
        needsKey: () => undefined,
      });
      for (const picture of arrivals.toSorted((a, b) => a.arrivedAt - b.arrivedAt)) order.push(picture);
      order.end();
      written.forEach((picture, index) => {
        const before = written[index - 1];
        if (before !== undefined) expect(picture.rtp).toBeGreaterThan(before.rtp);
        if (picture.key) return;
        expect(before).toBeDefined();
        // Every picture that others refer to since the one before it in the output is there.
        const from = row.findIndex(({ name }) => name === before!.name);
        const to = row.findIndex(({ name }) => name === picture.name);
        // A count of 16 cannot tell a hole of exactly 16 pictures.
        const skipped = row.slice(from + 1, to).filter(({ chain }) => chain?.reference === true);
        expect(skipped.length % 16).toBe(0);
      });
    }),
    { numRuns: 300 },
  );
});

test('a key frame is asked for while none comes, less and less often, and not otherwise', () => {
  feed(encode('KPPPKPPPP'));
  expect(asked).toBe(0);
  // No key frame at all, for 12 s; then one, and a hole.
  const row = encode('P'.repeat(180));
  feed(row);
  expect(asked).toBeGreaterThanOrEqual(4);
  expect(asked).toBeLessThanOrEqual(5);
  const lost = without(encode('KPPPPPPPPPPPPPPP'), 4);
  feed(lost);
  expect(asked).toBe(1);
});

test.each([
  ['a steady camera', 1, 1],
  ['one that is not quite steady', 0.8, 1.3],
  ['one whose frame rate changes between 30 and 15', 1, 2],
])('%s: no frame is let go that hangs on a lost one', (_, least, most) => {
  const random = seeded(7);
  for (const loss of [0.02, 0.1]) {
    for (let round = 0; round < 100; round += 1) {
      let rtp = 0;
      const row = encode(`K${'P'.repeat(29)}`.repeat(10)).map((picture) => {
        rtp += Math.round(STEP * (least + random() * (most - least)));
        return { ...picture, rtp, arrivedAt: rtp / 90 };
      });
      const arrived = row.filter(({ key }) => key || random() >= loss);
      const written: Made[] = [];
      const order = new VideoOrder({
        picture: (picture) => written.push(picture as Made),
        gap: () => undefined,
        late: () => undefined,
        needsKey: () => undefined,
      });
      for (const picture of arrived) order.push(picture);
      order.end();
      const numberOf = ({ name }: Made): number => Number(name.slice(1));
      const broken = written.filter(
        (picture, index) => !picture.key && numberOf(picture) !== numberOf(written[index - 1] ?? picture) + 1,
      );
      expect(broken.map(({ name }) => name)).toEqual([]);
    }
  }
});
