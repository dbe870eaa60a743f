import { expect, test } from '@jest/globals';
import type { Action, AnchorSetup } from '../src/case.ts';
import { Diary } from '../src/diary.ts';
import { expectedEvents } from '../src/expected.ts';

const setup: AnchorSetup = { userId: 'anna', clip: { freq: 440 } };
const START = 1_760_000_000_000;

/** What an anchor whose media time began at START did at which second; until second 20. */
function diary(...actions: readonly (readonly [number, Action])[]): Diary {
  const written = new Diary(setup);
  for (const [second, action] of actions) {
    const at = START + second * 1000;
    written.note(action, { givenMs: at, doneMs: at, mediaStartMs: START });
  }
  written.end(START + 20_000);
  return written;
}

const seconds = (written: Diary, track: string) =>
  expectedEvents(written.sent, START)
    .filter((event) => event.track === track)
    .map(({ second }) => second);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const enter = { do: 'enter' } as const;
const leave = { do: 'leave' } as const;
const mute = (kind: 'audio' | 'video', on: boolean) => ({ do: 'mute', kind, on }) as const;
const publish = (track: 'audio' | 'main' | 'sub', on: boolean) => ({ do: 'publish', track, on }) as const;

test.each([
  ['all the time, once it is subscribed to', [[0, enter]], range(3, 19), range(3, 19)],
  [
    'not while muted',
    [
      [0, enter],
      [5, mute('audio', true)],
      [10, mute('audio', false)],
    ],
    [3, 4, ...range(12, 19)],
    range(3, 19),
  ],
  [
    'not while its camera is off',
    [
      [0, enter],
      [5, mute('video', true)],
      [10, mute('video', false)],
    ],
    range(3, 19),
    [3, 4, ...range(12, 19)],
  ],
  [
    'not while it is away',
    [
      [0, enter],
      [5, leave],
      [10, enter],
    ],
    [3, 4, ...range(13, 19)],
    [3, 4, ...range(13, 19)],
  ],
  [
    'anew when it enters once more',
    [
      [0, enter],
      [5, enter],
    ],
    [3, 4, ...range(8, 19)],
    [3, 4, ...range(8, 19)],
  ],
  [
    'on through a change of size and a restart',
    [
      [0, enter],
      [5, { do: 'show', clip: {} }],
      [7, { do: 'restart' }],
    ],
    range(3, 19),
    range(3, 19),
  ],
  [
    'from when a track is published',
    [
      [0, enter],
      [1, publish('main', false)],
      [9, publish('main', true)],
    ],
    range(3, 19),
    range(12, 19),
  ],
] as [string, [number, Action][], number[], number[]][])(
  'flashes and beeps are expected %s',
  (_, actions, audio, main) => {
    const written = diary(...actions);
    expect([seconds(written, 'audio'), seconds(written, 'main')]).toEqual([audio, main]);
  },
);

test('a clock that runs fast sends its seconds earlier', () => {
  const [event] = expectedEvents(diary([0, enter]).sent, START, 1000).slice(-1);
  expect(event?.wallMs).toBeCloseTo(START + (event?.second ?? 0) * 1000 * (1 - 0.001), -1);
});
