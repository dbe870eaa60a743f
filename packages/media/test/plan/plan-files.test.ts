import { describe, expect, test } from '@jest/globals';
import type { Mode } from '@trtc-recorder/contracts';
import { planFiles } from '../../src/plan/plan-files.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

const second = (ms: number): number => Math.round((ms - T0) / 10) / 100;

/** A plan in short: who, which stream, container, from and to (s), pieces of sound and picture. */
const inShort = (journal: JournalBuilder, mode: Mode = '02') =>
  planFiles(journal.entries, { mode }).map((plan) => [
    ...[plan.userId, plan.stream, plan.container, second(plan.startMs), second(plan.endMs)],
    ...[plan.audio.length, plan.video.length],
  ]);

const both = (journal: JournalBuilder, from: number, to: number, userId = 'ann') =>
  journal.media({ userId, from, to }).media({ userId, codec: 'h264', from, to });

const recording = () => new JournalBuilder().take(0);

describe('modes', () => {
  const journal = both(recording().enter('ann', 1), 1, 31)
    .media({ codec: 'h264', stream: 'sub', from: 5, to: 20 })
    .enter('bob', 3)
    .media({ userId: 'bob', from: 3, to: 13 })
    .enter('cho', 3)
    .media({ userId: 'cho', codec: 'vp8', from: 4, to: 14 });

  test.each<[Mode, unknown[]]>([
    [
      '00',
      [
        ['ann', 'main', 'mp3', 1, 31, 3, 0],
        ['bob', 'main', 'mp3', 3, 13, 1, 0],
      ],
    ],
    [
      '01',
      [
        ['ann', 'main', 'mp4', 1, 31, 0, 3],
        ['ann', 'sub', 'mp4', 5, 20, 0, 2],
        ['cho', 'main', 'mp4', 4, 14, 0, 1],
      ],
    ],
    [
      '02',
      [
        ['ann', 'main', 'mp4', 1, 31, 3, 3],
        ['ann', 'sub', 'mp4', 5, 20, 0, 2],
        ['bob', 'main', 'mp4', 3, 13, 1, 0],
        ['cho', 'main', 'mp4', 4, 14, 0, 1],
      ],
    ],
  ])('mode %s', (mode, expected) => expect(inShort(journal, mode)).toEqual(expected));
});

describe('stays', () => {
  test.each<[string, JournalBuilder, unknown[]]>([
    ['nobody published', recording().enter('ann', 1).takeEnd(300), []],
    [
      'away for 5 s: the same file',
      both(both(recording().enter('ann', 0), 0, 10).exit('ann', 10).enter('ann', 15), 15, 25),
      [['ann', 'main', 'mp4', 0, 25, 2, 2]],
    ],
    [
      'away for 30 s: a further file',
      both(both(recording().enter('ann', 0), 0, 10).exit('ann', 10).enter('ann', 40), 40, 50),
      [
        ['ann', 'main', 'mp4', 0, 10, 1, 1],
        ['ann', 'main', 'mp4', 40, 50, 1, 1],
      ],
    ],
    [
      'muted for a minute: the same file',
      both(recording().enter('ann', 0), 0, 10)
        .mute('ann', 'audio', 10, true)
        .mute('ann', 'video', 10, true)
        .mute('ann', 'audio', 70, false)
        .media({ from: 70, to: 80 }),
      [['ann', 'main', 'mp4', 0, 80, 2, 1]],
    ],
    [
      'frames that trail behind the exit do not hide the absence',
      recording()
        .enter('ann', 0)
        .media({ from: 0, to: 10 })
        .exit('ann', 9.5)
        .media({ from: 10, to: 10.5 })
        .enter('ann', 60)
        .media({ from: 60, to: 70 }),
      [
        ['ann', 'main', 'mp4', 0, 10.5, 2, 0],
        ['ann', 'main', 'mp4', 60, 70, 1, 0],
      ],
    ],
    [
      'given up by the server after 60 s of silence: gone since the last frame',
      recording()
        .enter('ann', 0)
        .media({ from: 0, to: 10 })
        .exit('ann', 70, 1)
        .enter('ann', 75)
        .media({ from: 75, to: 85 }),
      [
        ['ann', 'main', 'mp4', 0, 10, 1, 0],
        ['ann', 'main', 'mp4', 75, 85, 1, 0],
      ],
    ],
    [
      'a screen share stopped for 30 s gives two, the camera one',
      recording()
        .enter('ann', 0)
        .media({ from: 0, to: 60 })
        .share('ann', 5, true)
        .media({ codec: 'h264', stream: 'sub', from: 5, to: 15 })
        .share('ann', 15, false)
        .share('ann', 45, true)
        .media({ codec: 'h264', stream: 'sub', from: 45, to: 55 }),
      [
        ['ann', 'main', 'mp4', 0, 60, 6, 0],
        ['ann', 'sub', 'mp4', 5, 15, 0, 1],
        ['ann', 'sub', 'mp4', 45, 60, 0, 1],
      ],
    ],
    [
      'another worker after an outage of 40 s goes on in the same file',
      both(both(recording().enter('ann', 0), 0, 20).take(60).enter('ann', 60), 60, 70),
      [['ann', 'main', 'mp4', 0, 70, 3, 3]],
    ],
    [
      'a take that never came into the room proves nobody absent',
      both(both(recording().enter('ann', 0), 0, 10).outside(12).takeEnd(20).take(35).enter('ann', 35), 36, 46),
      [['ann', 'main', 'mp4', 0, 46, 2, 2]],
    ],
    [
      'given up by the server while media went on, long after a mute',
      recording()
        .enter('ann', 0)
        .media({ from: 1, to: 10 })
        .media({ from: 40, to: 100 })
        .exit('ann', 70, 1)
        .enter('ann', 72),
      [['ann', 'main', 'mp4', 1, 100, 7, 0]],
    ],
    [
      'who had gone during the outage and came back later has a further file',
      both(both(recording().enter('ann', 0), 0, 20).take(60).enter('ann', 100), 100, 110),
      [
        ['ann', 'main', 'mp4', 0, 20, 2, 2],
        ['ann', 'main', 'mp4', 100, 110, 1, 1],
      ],
    ],
    [
      'without any word of comings and goings a hole of 30 s is an absence',
      both(both(recording(), 0, 10), 40, 50),
      [
        ['ann', 'main', 'mp4', 0, 10, 1, 1],
        ['ann', 'main', 'mp4', 40, 50, 1, 1],
      ],
    ],
    [
      'without any word a hole of 10 s is not',
      both(both(recording(), 0, 10), 20, 30),
      [['ann', 'main', 'mp4', 0, 30, 2, 2]],
    ],
  ])('%s', (_, journal, expected) => expect(inShort(journal)).toEqual(expected));

  test('the limit can be set', () => {
    const journal = both(both(recording().enter('ann', 0), 0, 10).exit('ann', 10).enter('ann', 15), 15, 25);
    expect(planFiles(journal.entries, { mode: '02', maxGapMs: 3000 })).toHaveLength(2);
  });
});

test('files are numbered the same every time', () => {
  const journal = both(both(recording(), 0, 10), 2, 12, 'bob');
  const plans = planFiles(journal.entries, { mode: '02' });
  expect(plans.map(({ id }) => id)).toEqual([1, 2]);
  expect(planFiles(journal.entries, { mode: '02' })).toEqual(plans);
});

test('a run that overlaps the next gives way to it', () => {
  const journal = recording().media({ from: 0, to: 10 }).media({ from: 9.9, to: 20 });
  const [plan] = planFiles(journal.entries, { mode: '00' });
  expect(plan?.audio[0]?.endMs).toBeCloseTo(T0 + 10_000, 0);
  expect(plan?.audio[0]?.untilMs).toBeCloseTo(T0 + 9900, 0);
});

describe('a run within another', () => {
  const pieces = (journal: JournalBuilder) =>
    planFiles(journal.entries, { mode: '00' })[0]!.audio.map((piece) => [
      piece.track,
      second(piece.startMs),
      second(Math.min(piece.endMs, piece.untilMs)),
      piece.resumed ?? false,
    ]);

  test.each<[string, JournalBuilder, unknown[]]>([
    [
      'gives the word back',
      recording().media({ from: 0, to: 10 }).media({ from: 4, to: 6 }),
      [
        [1, 0, 4, false],
        [2, 4, 6, false],
        [1, 6, 10, true],
      ],
    ],
    [
      'and so does one within that one',
      recording().media({ from: 0, to: 10 }).media({ from: 3, to: 8 }).media({ from: 4, to: 5 }),
      [
        [1, 0, 3, false],
        [2, 3, 4, false],
        [3, 4, 5, false],
        [2, 5, 8, true],
        [1, 8, 10, true],
      ],
    ],
    [
      'until the next begins',
      recording().media({ from: 0, to: 10 }).media({ from: 4, to: 5 }).media({ from: 7, to: 9.95 }),
      [
        [1, 0, 4, false],
        [2, 4, 5, false],
        [1, 5, 7, true],
        [3, 7, 9.95, false],
      ],
    ],
  ])('%s', (_, journal, expected) => expect(pieces(journal)).toEqual(expected));
});

test('losses are on the wall clock', () => {
  const journal = recording().media({ from: 5, to: 15 }).gap(2, 3);
  const [plan] = planFiles(journal.entries, { mode: '00' });
  expect(plan?.gaps.map(({ startMs, endMs }) => [second(startMs), second(endMs)])).toEqual([[7, 8]]);
});

test('losses behind the last that could be kept count, but for those of the next stay', () => {
  const journal = recording()
    .enter('ann', 0)
    .media({ codec: 'h264', from: 0, to: 10 })
    .gap(10, 14, 90_000)
    .exit('ann', 14)
    .enter('ann', 40)
    .media({ codec: 'h264', from: 40, to: 50 })
    .gap(3, 4, 90_000);
  const plans = planFiles(journal.entries, { mode: '01' });
  expect(plans.map(({ gaps }) => gaps.map(({ startMs, endMs }) => [second(startMs), second(endMs)]))).toEqual([
    [[10, 14]],
    [[43, 44]],
  ]);
});

test('a segment named twice counts once', () => {
  const journal = recording().media({ from: 0, to: 10 });
  const segment = journal.entries.find(({ type }) => type === 'segment')!;
  journal.entries.push(segment);
  expect(planFiles(journal.entries, { mode: '00' })[0]?.audio).toHaveLength(1);
});
