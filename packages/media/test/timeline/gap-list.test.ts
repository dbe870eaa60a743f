import { describe, expect, test } from '@jest/globals';
import type { GapCause, RoomEvent } from '@trtc-recorder/contracts';
import { missingMedia } from '../../src/plan/missing-media.ts';
import { planFiles } from '../../src/plan/plan-files.ts';
import type { JournalEntry } from '../../src/spool/journal/journal-entry.ts';
import { timelineDocument } from '../../src/timeline/document.ts';
import { coveredMs, lengthMs } from '../../src/timeline/stretch.ts';
import { toGap } from '../../src/timeline/journal-gaps.ts';
import { buildTimeline } from '../../src/timeline/timeline.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

type Found = [kind: string, cause: GapCause, from: number, to: number];

const second = (ms: number): number => Math.round((ms - T0) / 100) / 10;

/** The gaps of a user; every moment of the published time has to be present or in one gap, and none in two. */
const gapsOf = (entries: readonly JournalEntry[], userId: string): Found[] => {
  const anchor = buildTimeline(entries).anchors.find((each) => each.userId === userId);
  return (anchor?.streams ?? []).flatMap(({ accounts }) =>
    accounts.flatMap(({ kind, published, present, gaps }) => {
      const sum = [...present, ...gaps].reduce((total, each) => total + lengthMs(each), 0);
      expect(Math.abs(sum - coveredMs(published))).toBeLessThan(1);
      expect(Math.abs(coveredMs([...present, ...gaps]) - sum)).toBeLessThan(1);
      return gaps.map(({ cause, startMs, endMs }): Found => [kind, cause, second(startMs), second(endMs)]);
    }),
  );
};

const VIDEO = 90_000;
const AUDIO = 48_000;

/** Teacher and pupil for 60 s; the runs of the one named have a hole from 20 to `to`. */
const lesson = (holes: Readonly<Record<string, number>>): JournalBuilder => {
  const journal = new JournalBuilder().take(0);
  for (const userId of ['teacher', 'pupil']) {
    journal.publish(userId, 0);
    const to = holes[userId];
    journal.media({ userId, from: 0, to: 60 });
    if (to !== undefined) journal.gap(20, to, AUDIO);
    journal.media({ userId, codec: 'h264', from: 0, to: 60 });
    if (to !== undefined) journal.pause(20, to, VIDEO);
  }
  return journal;
};

describe('the cause of a gap', () => {
  test('is the recorder where nothing came of any anchor', () => {
    const { entries } = lesson({ teacher: 40, pupil: 40 }).takeEnd(60);
    for (const user of ['teacher', 'pupil'])
      expect(gapsOf(entries, user)).toEqual([
        ['audio', 'recorder-disconnected', 20, 40],
        ['video', 'recorder-disconnected', 20, 40],
      ]);
  });

  test('is the anchor where others came', () => {
    const { entries } = lesson({ teacher: 28 }).takeEnd(60);
    expect(gapsOf(entries, 'pupil')).toEqual([]);
    expect(gapsOf(entries, 'teacher')).toEqual([
      ['audio', 'anchor-disconnected', 20, 28],
      ['video', 'anchor-disconnected', 20, 28],
    ]);
  });

  test('is the recorder also where the video of that time was sent again later, and only the audio is missing', () => {
    const journal = new JournalBuilder().take(0);
    for (const userId of ['teacher', 'pupil']) {
      journal.publish(userId, 0).media({ userId, from: 0, to: 60 }).gap(20, 25, AUDIO);
      journal.media({ userId, codec: 'h264', from: 0, to: 60 }).arrivalGap(20, 25.2);
    }
    const { entries } = journal.takeEnd(60);
    expect(gapsOf(entries, 'pupil')).toEqual([['audio', 'recorder-disconnected', 20, 25]]);
  });

  test('is a loss where the other track of the anchor came', () => {
    const journal = new JournalBuilder().take(0).publish('ann', 0).media({ userId: 'ann', from: 0, to: 60 });
    const { entries } = journal
      .media({ userId: 'ann', codec: 'h264', from: 0, to: 60 })
      .pause(20, 23, VIDEO)
      .takeEnd(60);
    expect(gapsOf(entries, 'ann')).toEqual([['video', 'lost', 20, 23]]);
  });

  test('changes where the media of the anchor comes again and the video has no key frame yet', () => {
    const journal = new JournalBuilder().take(0).publish('ann', 0).publish('bob', 0);
    journal.media({ userId: 'bob', from: 0, to: 60 });
    journal.media({ userId: 'ann', from: 0, to: 60 }).gap(20, 25, AUDIO);
    const { entries } = journal
      .media({ userId: 'ann', codec: 'h264', from: 0, to: 60 })
      .pause(20, 29, VIDEO)
      .takeEnd(60);
    expect(gapsOf(entries, 'ann')).toEqual([
      ['audio', 'anchor-disconnected', 20, 25],
      ['video', 'anchor-disconnected', 20, 25],
      ['video', 'lost', 25, 29],
    ]);
  });

  test.each([
    ['path silent', 'path alive', 5],
    ['media disconnected', 'media connected', 12],
  ])('is the recorder of a lone anchor without audio where its connection was down: %s', (down, up, long) => {
    const journal = new JournalBuilder().take(0, '01').enter('ann', 0).mute('ann', 'video', 0, false);
    journal.connection(23, down).connection(20 + long, up);
    const { entries } = journal
      .media({ codec: 'h264', from: 0, to: 60 })
      .pause(20, 20 + long, VIDEO)
      .takeEnd(60);
    expect(gapsOf(entries, 'ann')).toEqual([['video', 'recorder-disconnected', 20, 20 + long]]);
  });

  test.each<[string, (journal: JournalBuilder) => unknown, GapCause]>([
    ['muted', (journal) => journal.mute('ann', 'video', 20.2, true).mute('ann', 'video', 29.8, false), 'muted'],
    ['left', (journal) => journal.exit('ann', 20.2).publish('ann', 29.8), 'left'],
    ['given up by the server', (journal) => journal.exit('ann', 20.2, 1).publish('ann', 29.8), 'anchor-disconnected'],
  ])('is what the room said, up to the first frame after it: %s', (_, say, cause) => {
    const journal = new JournalBuilder().take(0, '01').enter('ann', 0).mute('ann', 'video', 0, false);
    say(journal.media({ codec: 'h264', from: 0, to: 20 }));
    const { entries } = journal.media({ codec: 'h264', from: 30, to: 60 }).takeEnd(60);
    expect(gapsOf(entries, 'ann').filter(([kind]) => kind === 'video')).toEqual([['video', cause, 20, 30]]);
  });

  test.each<[string, (journal: JournalBuilder) => unknown, GapCause]>([
    ['a crashed browser', (journal) => journal.crash(20).takeEnd(20.1, 'the page died'), 'crash'],
    ['a killed worker', (journal) => journal.takeEnd(20, 'killed'), 'crash'],
    ['a handover', (journal) => journal.takeEnd(20, 'handed back'), 'recorder-disconnected'],
  ])('between two takes is %s', (_, end, cause) => {
    const journal = new JournalBuilder().take(0).publish('ann', 0).media({ from: 0, to: 20 });
    end(journal);
    const { entries } = journal.take(24).publish('ann', 24.2).media({ from: 24.5, to: 40 }).takeEnd(40);
    expect(gapsOf(entries, 'ann')[0]).toEqual(['audio', cause, 20, 24.5]);
  });

  test('between two takes stays a mute where the track was muted before and is afterwards', () => {
    const journal = new JournalBuilder().take(0).publish('ann', 0);
    journal
      .media({ from: 0, to: 20 })
      .media({ codec: 'h264', from: 0, to: 10 })
      .mute('ann', 'video', 10, true)
      .crash(20);
    journal
      .takeEnd(20, 'crashed')
      .take(24)
      .enter('ann', 24)
      .mute('ann', 'audio', 24, false)
      .media({ from: 24, to: 40 });
    const { entries } = journal.mute('ann', 'video', 30, false).media({ codec: 'h264', from: 30, to: 40 }).takeEnd(40);
    expect(gapsOf(entries, 'ann')).toEqual([
      ['audio', 'crash', 20, 24],
      ['video', 'muted', 10, 30],
    ]);
  });

  test('is the refusal of a subscription, of a track that came late as of one that never came', () => {
    const refused = (kind: 'audio' | 'video', at: number, type: string): JournalEntry => {
      const event = { type, at: T0 + at * 1000, since: T0, userId: 'ann', stream: 'main', kind, cause: 'refused' };
      return { type: 'event', at: event.at, take: 1, event: event as unknown as RoomEvent };
    };
    const { entries } = new JournalBuilder().take(0).publish('ann', 0).media({ from: 9, to: 60 }).takeEnd(60);
    const events = [
      refused('audio', 0.2, 'subscription-failed'),
      refused('video', 0.2, 'subscription-failed'),
      refused('audio', 9, 'subscription-restored'),
    ];
    expect(gapsOf([...entries.slice(0, 2), ...events, ...entries.slice(2)], 'ann')).toEqual([
      ['audio', 'refused', 0, 9],
      ['video', 'refused', 0, 60],
    ]);
  });

  test('counts as lost in the file also where it lies before the first frame that came', () => {
    const at = T0 + 200;
    const failed = (kind: 'audio' | 'video'): JournalEntry => {
      const track = { userId: 'ann', stream: 'main', kind } as const;
      const event = { type: 'subscription-failed', at, since: T0, ...track, cause: 'refused' } as const;
      return { type: 'event', at, take: 1, event };
    };
    const journal = new JournalBuilder().take(0).publish('ann', 0);
    journal.entries.push(failed('audio'), failed('video'));
    const { entries } = journal.media({ from: 9, to: 60 }).media({ codec: 'h264', from: 9, to: 60 }).takeEnd(60);
    const [plan] = planFiles(entries, { mode: '02' });
    expect(plan!.startMs).toBe(T0 + 9_000);
    expect(missingMedia(plan!, plan!.gaps)).toMatchObject({ LostMs: 9_000, HeldMs: 0, SilenceMs: 0 });
  });

  test('is no refusal that an earlier take reported: the page of the next one subscribed again', () => {
    const at = T0 + 4_000;
    const track = { userId: 'ann', stream: 'main', kind: 'video' } as const;
    const event = { type: 'subscription-failed', at, since: T0, ...track, cause: 'refused' } as const;
    const journal = new JournalBuilder().take(0).publish('ann', 0);
    journal.entries.push({ type: 'event', at, take: 1, event });
    journal.crash(20).takeEnd(20, 'killed').take(24).publish('ann', 24).media({ from: 24, to: 60 });
    const { entries } = journal.media({ codec: 'h264', from: 24, to: 60 }).pause(10, 11, VIDEO).takeEnd(60);
    expect(gapsOf(entries, 'ann').filter(([kind]) => kind === 'video')).toEqual([
      ['video', 'refused', 0, 20],
      ['video', 'crash', 20, 24],
      ['video', 'lost', 34, 35],
    ]);
  });
});

describe('what is no gap', () => {
  test('silence that is not sent: numbers without a hole, while the recorder received', () => {
    const journal = new JournalBuilder().take(0, '00').enter('ann', 0).mute('ann', 'audio', 0, false);
    const { entries } = journal.media({ from: 0, to: 60 }).pause(20, 27, AUDIO, false).takeEnd(60);
    expect(gapsOf(entries, 'ann')).toEqual([]);
  });

  test('an irregular screen with key frames of its own', () => {
    const journal = new JournalBuilder().take(0).publish('ann', 0).media({ userId: 'ann', from: 0, to: 60 });
    const { entries } = journal
      .share('ann', 0, true)
      .media({ userId: 'ann', stream: 'sub', codec: 'h264', from: 0, to: 60 })
      .pause(20, 33, VIDEO, false)
      .takeEnd(60);
    expect(gapsOf(entries, 'ann').filter(([kind]) => kind === 'audio')).toEqual([]);
    const [, screen] = buildTimeline(entries).anchors[0]!.streams;
    expect(screen!.accounts[0]!.gaps).toEqual([]);
  });

  test('news of a mute or of the end that come a moment after the last frame', () => {
    const journal = new JournalBuilder().take(0).publish('ann', 0).media({ from: 0, to: 20 });
    const { entries } = journal.media({ codec: 'h264', from: 0.3, to: 20 }).exit('ann', 21.5).takeEnd(60);
    expect(gapsOf(entries, 'ann')).toEqual([]);
  });
});

test('audio packets that are missing in silence that is not sent are missing for as long as they play', () => {
  const { entries } = new JournalBuilder()
    .take(0)
    .publish('ann', 0)
    .media({ from: 0, to: 60 })
    .gap(20, 20.8)
    .takeEnd(60);
  const counted = entries.map((entry) => (entry.type === 'gap' ? { ...entry, lostTicks: 960 } : entry));
  const [gap, ...others] = buildTimeline(counted).anchors[0]!.streams[0]!.accounts[0]!.gaps;
  expect(others).toEqual([]);
  expect(lengthMs(gap!)).toBeCloseTo(20, 1);
});

test.each([
  ['beside a stall of 664 ms', (rtp: number) => T0 + rtp / 48 + (rtp < 1920 ? 0 : 664), 960, 1920, 20],
  ['of timestamps 7 % slow', (rtp: number) => T0 + rtp / 48 / 0.93, 960, 893 * 2, 20],
  ['of timestamps 10 % fast', (rtp: number) => T0 + rtp / 48 / 1.1, 960, 1056 * 2, 20],
  ['in a jump of 60 ms', (rtp: number) => T0 + rtp / 48 - (rtp < 1920 + 2880 ? 0 : 60), 960, 1920 + 2880, 20],
])('a lost audio packet %s is missing for as long as it plays', (_, wallOf, fromRtp, toRtp, ms) => {
  const gap = { type: 'gap', at: T0, track: 1, fromRtp, toRtp, cause: 'loss', lostTicks: 960 } as const;
  const { startMs, endMs } = toGap(gap, wallOf, toRtp, 20);
  expect(endMs).toBe(wallOf(toRtp));
  expect(endMs - startMs).toBeCloseTo(ms, 0);
});

test('damage that is found when files are made replaces what was present, and nothing that was missing already', () => {
  const { entries } = lesson({ teacher: 28 }).takeEnd(60);
  const undecodable = [
    { userId: 'teacher', stream: 'main' as const, kind: 'video' as const, startMs: T0 + 27_000, endMs: T0 + 30_000 },
  ];
  const document = timelineDocument(buildTimeline(entries), { requestId: 'r', files: [], undecodable });
  const gaps = document.Anchors[0]!.Streams[0]!.Gaps.filter(({ Kind }) => Kind === 'video');
  expect(gaps.map(({ Cause, StartMs, EndMs }) => [Cause, second(StartMs), second(EndMs)])).toEqual([
    ['anchor-disconnected', 20, 28],
    ['undecodable', 28, 30],
  ]);
});
