import { describe, expect, test } from '@jest/globals';
import type { Mode } from '@trtc-recorder/contracts';
import { findNeverArrived } from '../../src/timeline/never-arrived.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

const found = (journal: JournalBuilder, mode: Mode = '02') =>
  findNeverArrived(journal.entries, mode).map(({ userId, stream, kinds, startMs, endMs }) => [
    ...[userId, stream, kinds.join('+')],
    ...[(startMs - T0) / 1000, (endMs - T0) / 1000],
  ]);

describe('streams of which nothing came', () => {
  const start = () => new JournalBuilder().take(0).enter('ann', 0);
  const published = () => start().mute('ann', 'audio', 1, false).mute('ann', 'video', 1, false);

  test.each<[string, JournalBuilder, unknown[]]>([
    ['nobody published', start().takeEnd(60), []],
    ['until the end of the take', published().takeEnd(60), [['ann', 'main', 'audio+video', 1, 60]]],
    ['until it left', published().exit('ann', 40).takeEnd(60), [['ann', 'main', 'audio+video', 1, 40]]],
    ['for a few seconds only', published().exit('ann', 6).takeEnd(60), []],
    [
      'all of it came',
      published().media({ from: 2, to: 30 }).media({ codec: 'h264', from: 2, to: 30 }).takeEnd(60),
      [],
    ],
    ['its sound came', published().media({ from: 2, to: 30 }).takeEnd(60), [['ann', 'main', 'video', 1, 60]]],
    [
      'the camera came, the screen did not',
      published()
        .media({ from: 2, to: 30 })
        .media({ codec: 'h264', from: 2, to: 30 })
        .share('ann', 5, true)
        .takeEnd(60),
      [['ann', 'sub', 'video', 5, 60]],
    ],
    [
      'over two takes, and not while nobody was in the room',
      published().takeEnd(7).take(50).mute('ann', 'audio', 51, false).takeEnd(57),
      [['ann', 'main', 'audio', 1, 57]],
    ],
    ['another anchor came', published().media({ userId: 'bob', from: 2, to: 30 }).takeEnd(60), [expect.anything()]],
  ])('%s', (_, journal, expected) => expect(found(journal)).toEqual(expected));

  test.each<[Mode, unknown[]]>([
    ['00', [['ann', 'main', 'audio', 1, 60]]],
    ['01', [['ann', 'main', 'video', 1, 60]]],
  ])('mode %s asks for its own kind', (mode, expected) =>
    expect(found(published().takeEnd(60), mode)).toEqual(expected),
  );
});
