import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import fc from 'fast-check';
import { EncodedPacketSink, FilePathSource, Input, MATROSKA } from 'mediabunny';
import { openSpool } from '../../src/index.ts';
import { seeded } from '../helpers/spool-fixture.ts';
import { pick } from './judge-segments.ts';
import { T0 } from './sender.ts';

jest.setTimeout(180_000);

/** What happens to a sender's timestamps before its frame number `at`: `ms` are added. */
interface Jump {
  readonly at: number;
  readonly ms: number;
}

interface Network {
  readonly jumps: readonly Jump[];
  readonly loss: number;
  readonly jitterMs: number;
  readonly twice: number;
  readonly firstRtp: number;
  readonly seed: number;
}

interface SentFrame {
  readonly number: number;
  readonly frame: Frame;
}

/** The number of a frame is in its last bytes; the others are as long as those of a real one. */
const numbered = (head: readonly number[], number: number, length: number): Uint8Array => {
  const data = Buffer.alloc(length, 7);
  data.set(head);
  data.writeUInt32BE(number, length - 4);
  return data;
};
const numberOf = (data: Uint8Array): number => Buffer.from(data).readUInt32BE(data.length - 4);

const through = (sent: readonly SentFrame[], { loss, jitterMs, twice, seed }: Network): SentFrame[] => {
  const random = seeded(seed);
  return sent
    .flatMap(({ number, frame }): SentFrame[] => {
      const arrive = (): SentFrame => ({
        number,
        // The track begins with its first frame.
        frame: { ...frame, receivedAt: frame.receivedAt + (number < 10 ? 0 : random() * jitterMs) },
      });
      if (number > 0 && random() < loss) return [];
      return random() < twice ? [arrive(), arrive()] : [arrive()];
    })
    .sort((a, b) => a.frame.receivedAt - b.frame.receivedAt);
};

const offsetsOf = (count: number, jumps: readonly Jump[]): number[] => {
  let ms = 0;
  return Array.from({ length: count }, (_, index) => {
    for (const jump of jumps) if (jump.at === index) ms += jump.ms;
    return ms;
  });
};

const ann = { userId: 'ann', stream: 'main', ssrc: 1, tap: 1 } as const;

const sendAudio = (count: number, network: Network): SentFrame[] => {
  const offsets = offsetsOf(count, network.jumps);
  const sent = offsets.map((ms, number): SentFrame => ({
    number,
    frame: {
      ...{ ...ann, kind: 'audio', codec: 'opus', key: true, data: numbered([15 << 3], number, 80) },
      rtpTimestamp: (network.firstRtp + number * 960 + Math.round(ms * 48)) >>> 0,
      sequenceNumber: (65_000 + number) & 0xffff,
      receivedAt: T0 + number * 20,
    },
  }));
  return through(sent, network);
};

const STEP_MS = 1000 / 15;
/** VP8 at 15 frames a second. */
const sendVideo = (count: number, network: Network, gop = 30): SentFrame[] => {
  const offsets = offsetsOf(count, network.jumps);
  const sent = offsets.map((ms, number): SentFrame => {
    const key = number % gop === 0;
    return {
      number,
      frame: {
        ...{ ...ann, kind: 'video', codec: 'vp8', key },
        data: numbered([key ? 0x10 : 0x11, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0], number, 200),
        rtpTimestamp: (network.firstRtp + Math.round((number * STEP_MS + ms) * 90)) >>> 0,
        receivedAt: T0 + number * STEP_MS,
      },
    };
  });
  return through(sent, network);
};

/** The numbers of the frames in the segments, in their order, and how many tracks there are. */
const record = async (
  frames: readonly SentFrame[],
): Promise<{ numbers: number[]; times: number[]; tracks: number }> => {
  const dir = await mkdtemp(join(tmpdir(), 'jumps-'));
  try {
    const spool = await openSpool({ dir, logger: silentLogger(), segmentMs: 60_000 });
    const onFault = (error: Error): never => {
      throw error;
    };
    const take = await spool.startTake({ worker: 'w', mode: '02', onFault });
    for (const { frame } of frames) take.frame(frame);
    await take.close('stopped');
    const journal = await spool.journal();
    const numbers: number[] = [];
    const times: number[] = [];
    for (const { file, firstRtp } of pick(journal, 'segment').toSorted((a, b) => a.segment - b.segment)) {
      const input = new Input({ source: new FilePathSource(join(dir, file)), formats: [MATROSKA] });
      const [track] = await input.getTracks();
      for await (const { data, timestamp } of new EncodedPacketSink(track!).packets()) {
        numbers.push(numberOf(data));
        times.push(firstRtp / (frames[0]!.frame.kind === 'audio' ? 48 : 90) + timestamp * 1000);
      }
      input.dispose();
    }
    return { numbers, times, tracks: pick(journal, 'track').length };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

const numbersOf = (frames: readonly SentFrame[]): number[] =>
  [...new Set(frames.map(({ number }) => number))].sort((a, b) => a - b);

const jumpOf = (count: number): fc.Arbitrary<Jump> =>
  fc
    .record({
      at: fc.integer({ min: 20, max: count - 20 }),
      log: fc.double({ min: 1, max: 5.5, noNaN: true }),
      back: fc.boolean(),
    })
    // From 10 ms to 5 min, as often small as large.
    .map(({ at, log, back }) => ({ at, ms: Math.round(10 ** log) * (back ? -1 : 1) }));
const firstRtp = fc.constantFrom(1_000, 2 ** 31 - 50_000, 2 ** 32 - 50_000);
const seed = fc.integer({ min: 1, max: 1e6 });

test('audio: each packet received is in the segments once and in order', async () => {
  const count = 400;
  const network = fc.record({
    jumps: fc.array(jumpOf(count), { maxLength: 6 }),
    loss: fc.constantFrom(0, 0.02, 0.15),
    // What comes later than 150 ms after its turn is dropped, with jumps or without.
    jitterMs: fc.constantFrom(0, 30, 100),
    twice: fc.constantFrom(0, 0.1),
    ...{ firstRtp, seed },
  });
  await fc.assert(
    fc.asyncProperty(network, async (given) => {
      const frames = sendAudio(count, given);
      const { numbers, tracks } = await record(frames);
      expect(numbers).toEqual(numbersOf(frames));
      expect(tracks).toBe(1);
    }),
    { numRuns: 60 },
  );
});

const videoCount = 150;
/** VP8 has no numbers: a jump ahead that jitter, or a jump back within a frame's interval, hides looks like a missing frame. */
const seen = ({ jumps, jitterMs }: Pick<Network, 'jumps' | 'jitterMs'>): boolean =>
  jumps.every(({ ms }) => ms < 0 || ms > 700 + jitterMs * 6) &&
  // Frames that are held have to be a row.
  jumps.every((jump) => jumps.every(({ at }) => at === jump.at || Math.abs(at - jump.at) >= APART));
const APART = 6;

test('video: each frame received is in the segments once and in order', async () => {
  const network = fc
    .record({
      jumps: fc.array(jumpOf(videoCount), { maxLength: 4 }),
      ...{ loss: fc.constant(0), jitterMs: fc.constantFrom(0, 30, 60), twice: fc.constantFrom(0, 0.1) },
      ...{ firstRtp, seed },
    })
    .filter(seen);
  await fc.assert(
    fc.asyncProperty(network, async (given) => {
      const frames = sendVideo(videoCount, given);
      const { numbers, tracks } = await record(frames);
      expect(numbers).toEqual(numbersOf(frames));
      expect(tracks).toBe(1);
    }),
    { numRuns: 60 },
  );
});

test('video with loss: each group of pictures that came whole is in the segments, once and in order', async () => {
  const gop = 10;
  const network = fc
    .record({
      jumps: fc.array(jumpOf(videoCount), { maxLength: 4 }),
      ...{ loss: fc.constantFrom(0.02, 0.05, 0.15), jitterMs: fc.constantFrom(0, 30) },
      ...{ twice: fc.constantFrom(0, 0.1), firstRtp, seed },
    })
    .filter(seen);
  await fc.assert(
    fc.asyncProperty(network, async (given) => {
      const frames = sendVideo(videoCount, given, gop);
      const received = numbersOf(frames);
      const { numbers } = await record(frames);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (let first = 0; first < videoCount; first += gop) {
        const group = received.filter((number) => number >= first && number < first + gop);
        if (group.length === gop) expect(numbers.filter((number) => group.includes(number))).toEqual(group);
      }
    }),
    { numRuns: 60 },
  );
});
