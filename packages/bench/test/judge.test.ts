import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '@trtc-recorder/sandbox';
import type { ExpectedEvent } from '../src/expected.ts';
import { complaints, measured, table } from '../src/report.ts';
import { failedRow, type Row } from '../src/row.ts';
import { spanError, staysOf } from '../src/judge/durations.ts';
import type { FoundFile } from '../src/judge/found.ts';
import { isLost } from '../src/judge/lost.ts';
import { matchEvents, offsetMs, skewsMs } from '../src/judge/match.ts';

const START = 1_760_000_000_000;

interface FileInput {
  readonly userId?: string;
  readonly durationS?: number;
  /** Seconds in the file. */
  readonly flashes?: readonly number[];
  readonly beeps?: readonly number[];
}

/** A file that begins at START, of a sender whose media time began there too. */
const file = ({ userId = 'anna', durationS = 10, flashes = [], beeps = [] }: FileInput): FoundFile => ({
  file: { UserId: userId, RecordFile: 'https://x/a.mp4', Status: 1, Message: 'record success' },
  path: 'a.mp4',
  track: 'main',
  startMs: START,
  truth: {
    probed: { format: 'mp4', durationS, bitRate: 0, streams: [], video: undefined, audio: undefined },
    ...{ errors: '', pictures: [], sources: [], frames: [], flashes: [], beeps: [], tones: [] },
  },
  flashes: flashes.map((atS) => ({ atS, wallMs: START + atS * 1000, second: Math.round(atS) % 4 })),
  beeps: beeps.map((atS) => ({ atS, wallMs: START + atS * 1000 })),
  moduloS: 4,
});
const expected = (track: 'audio' | 'main', second: number) => ({
  ...{ userId: 'anna', track, second },
  wallMs: START + second * 1000,
});
const both = (...seconds: number[]) =>
  seconds.flatMap((second) => [expected('audio', second), expected('main', second)]);

describe('events', () => {
  test('are found where they belong, and missed where they are not', () => {
    const one = file({ flashes: [1.01, 2.01], beeps: [0.99, 3] });
    const found = matchEvents(both(1, 2, 3), [one]).filter((event) => event.found !== undefined);
    expect(found.map(({ expected: { track, second } }) => `${track} ${second}`)).toEqual([
      'audio 1',
      'main 1',
      'main 2',
      'audio 3',
    ]);
  });

  test('a flash of another second is not taken for the one that is missing', () => {
    const shifted = { ...file({}), flashes: [{ atS: 1, wallMs: START + 1000, second: 2 }] };
    expect(matchEvents([expected('main', 1)], [shifted])[0]?.found).toBeUndefined();
  });

  test('skew is the flash minus its beep, of whole pairs only', () => {
    const events = matchEvents(both(1, 2, 3), [file({ flashes: [1.02, 2, 3], beeps: [1, 2.03] })]);
    expect(skewsMs(events).map(Math.round)).toEqual([20, -30]);
  });

  test("a file's place is the middle of its events'", () => {
    const one = file({ flashes: [1.01, 2.012, 3.3] });
    expect(offsetMs(one, matchEvents(both(1, 2, 3), [one]))).toBeCloseTo(12, 3);
  });
});

describe('durations', () => {
  const delivery = (stream: Delivery['stream'], fromS: number, toS: number): Delivery => ({
    ...{ publisherId: 'anna', stream, ssrc: 1, packets: 1, pictures: {} },
    ...{ fromMs: START + fromS * 1000, toMs: START + toS * 1000, lostAtMs: [] },
  });

  test.each<[string, number[], Partial<ExpectedEvent>, boolean]>([
    ['three of its packets', [0, 40, 80], {}, true],
    ['the one it begins in, and two', [-15, 20, 60], {}, true],
    ['two', [20, 60], {}, false],
    ['three before it', [-80, -60, -40], {}, false],
    ['three, of another anchor', [0, 40, 80], { userId: 'bert' }, false],
    ['three while it flashes', [0, 40, 80], { track: 'main' }, false],
  ])('a beep is lost with %s: %j', (_, lost, change, expected) => {
    const lostAtMs = lost.map((ms) => START + 3_000 + ms);
    const event = { userId: 'anna', track: 'audio', second: 3, wallMs: START + 3_000, ...change } as const;
    expect(isLost(event, [{ ...delivery('audio', 0, 10), lostAtMs }])).toBe(expected);
  });

  test.each([
    ['one file of all that was sent', [delivery('audio', 0, 9.98), delivery('main', 0.5, 9.9)], [10], 0],
    ['an absence of 5 s stays inside', [delivery('audio', 0, 4), delivery('audio', 9, 19.98)], [20], 0],
    ['an absence of 30 s makes two', [delivery('audio', 0, 4.98), delivery('audio', 35, 39.98)], [5, 5], 0],
    ['the end is clipped', [delivery('audio', 0, 9.98)], [9.5], 500],
    ['a file is missing', [delivery('audio', 0, 4.98), delivery('audio', 35, 41.98)], [5], 7000],
    ['a file too many', [delivery('audio', 0, 4.98)], [5, 2], 2000],
  ])('%s', (_, deliveries, lengths, error) => {
    const files = lengths.map((durationS) => file({ durationS }));
    expect(spanError(staysOf(deliveries, START + 60_000), files).durationErrorMs).toBeCloseTo(error, 0);
  });
});

describe('the report', () => {
  const good: Row = {
    ...failedRow('size-ramp', ''),
    ...{ skewP50Ms: 1.234, skewP95Ms: 40, skewMaxMs: 80, eventsExpected: 100, eventsPresent: 99, durationErrorMs: 100 },
    ...{ copiedFrames: 95, dominantFrames: 100, alignmentErrorMs: 20, failures: [] },
    ...{ beginsLateMs: 60, endsLateMs: -40 },
  };

  test('names every aim that is missed, and none that is met', () => {
    expect(complaints([good])).toEqual([]);
    const bad: Row = {
      ...good,
      ...{ skewP95Ms: 41, skewMaxMs: 81, eventsPresent: 98, durationErrorMs: 101, decodeErrors: 2, copiedFrames: 94 },
      ...{ alignmentErrorMs: 21, accountErrorMs: 101 },
    };
    expect(complaints([bad])).toEqual([
      'size-ramp: skew p95 41.0 ms, aim 40 ms',
      'size-ramp: skew max 81.0 ms, aim 80 ms',
      'size-ramp: events present 98 of 100, aim 99 %',
      'size-ramp: duration error 101.0 ms, aim 100 ms',
      'size-ramp: ffmpeg complains in 2 lines',
      'size-ramp: bit-exact pictures 94 of 100, aim 95 %',
      'size-ramp: alignment error 21.0 ms, aim 20 ms',
      'size-ramp: account error 101.0 ms, aim 100 ms',
    ]);
    expect(complaints([failedRow('clean', 'no room')])).toEqual(['clean: no room']);
  });

  test('prints a table for people and rows of numbers for programs', () => {
    expect(table([good]).split('\n')[2]).toMatch(/^\| size-ramp \|.* 1\.2 \|.* 99\/100 \|.* 95\/100 \|/);
    expect(Object.keys(measured(good))).toEqual([
      ...['case', 'skewP50Ms', 'skewP95Ms', 'skewMaxMs', 'eventsExpected', 'eventsPresent', 'durationErrorMs'],
      ...['decodeErrors', 'copiedFrames', 'dominantFrames', 'alignmentErrorMs', 'accountErrorMs'],
    ]);
  });
});
