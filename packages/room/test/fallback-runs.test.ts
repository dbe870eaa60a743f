import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Encode } from '../page/encode.ts';
import { Fallback } from '../page/fallback.ts';
import type { Track } from '../page/roster.ts';
import type { Tap } from '../page/tap-registry.ts';

const track: Track = { userId: 'anna', stream: 'main', kind: 'video' };

/** An encoder at work: it goes on until it is told how it ends. */
interface Encoding {
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
let encodings: Encoding[];
let ended: string[];
let notes: string[];
let clones: number;
let fallback: Fallback;

const tap = {
  tap: 3,
  kind: 'video',
  receiver: {
    getStats: () => Promise.resolve(new Map()),
    track: {
      clone: () => {
        clones += 1;
        return { stop: () => (clones -= 1) };
      },
    },
  },
} as unknown as Tap;
const encode: Encode = (_source, { signal }) =>
  new Promise((resolve, reject) => {
    encodings.push({ signal, resolve, reject });
  });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  encodings = [];
  ended = [];
  notes = [];
  clones = 0;
  const ports = {
    frame: () => undefined,
    owner: () => undefined,
    ended: ({ userId }: Track) => ended.push(userId),
    note: (message: string) => notes.push(message),
  };
  fallback = new Fallback(ports, { audio: encode, video: encode });
});

/** A run has a timer. */
afterEach(() => {
  for (const { resolve } of encodings) resolve();
});

test('a run that fails is told, and another can be begun', async () => {
  fallback.start(track, tap);
  await settled();
  encodings[0]!.reject(new Error('no encoder'));
  await settled();
  expect([ended, notes]).toEqual([['anna'], [expect.stringContaining('no encoder')]]);
  fallback.start(track, tap);
  await settled();
  expect(encodings).toHaveLength(2);
  fallback.stop(track);
  encodings[1]!.resolve();
  await settled();
  expect(clones).toBe(0);
});

test('a run that ends by itself, as with its track, is told without a note', async () => {
  fallback.start(track, tap);
  await settled();
  encodings[0]!.resolve();
  await settled();
  expect([ended, notes]).toEqual([['anna'], []]);
});

test('a run that was stopped and fails after that leaves the next one alone', async () => {
  fallback.start(track, tap);
  await settled();
  fallback.stop(track);
  fallback.start(track, tap);
  await settled();
  encodings[0]!.reject(new Error('flushed in vain'));
  await settled();
  expect([encodings[1]!.signal.aborted, ended, notes]).toEqual([false, [], []]);
  fallback.stop(track);
  expect(encodings[1]!.signal.aborted).toBe(true);
  encodings[1]!.resolve();
});

test('a run that is stopped before it has begun never does', async () => {
  fallback.start(track, tap);
  fallback.stop(track);
  await settled();
  expect([encodings, clones]).toEqual([[], 0]);
});
