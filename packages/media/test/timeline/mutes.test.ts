import { describe, expect, test } from '@jest/globals';
import { findMutes } from '../../src/timeline/mutes.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

const mutesOf = (journal: JournalBuilder) =>
  findMutes(
    journal.entries.flatMap((entry) => (entry.type === 'event' ? [entry.event] : [])),
    'ann',
    'main',
    T0 + 20_000,
  ).map(({ kind, startMs, endMs }) => [kind, (startMs - T0) / 1000, (endMs - T0) / 1000]);

describe('mutes', () => {
  const start = () => new JournalBuilder().take(0).enter('ann', 0).mute('ann', 'audio', 1, false);

  test.each<[string, JournalBuilder, unknown[]]>([
    ['none', start(), []],
    ['muted and unmuted', start().mute('ann', 'audio', 5, true).mute('ann', 'audio', 8, false), [['audio', 5, 8]]],
    ['muted until the recording ended', start().mute('ann', 'audio', 5, true), [['audio', 5, 20]]],
    ['muted until it left', start().mute('ann', 'audio', 5, true).exit('ann', 9), [['audio', 5, 9]]],
    [
      'sound and picture apart',
      start()
        .mute('ann', 'video', 1, false)
        .mute('ann', 'audio', 5, true)
        .mute('ann', 'video', 6, true)
        .mute('ann', 'audio', 7, false)
        .mute('ann', 'video', 9, false),
      [
        ['audio', 5, 7],
        ['video', 6, 9],
      ],
    ],
    [
      'told twice',
      start().mute('ann', 'audio', 5, true).mute('ann', 'audio', 6, true).exit('ann', 9),
      [['audio', 5, 9]],
    ],
    ['of another anchor', start().mute('bob', 'audio', 5, true).mute('bob', 'audio', 6, false), []],
    ['a camera that was off from the entry on', start().mute('ann', 'video', 8, false), [['video', 0, 8]]],
    ['a camera that was never there', start(), []],
    ['muted while nobody watched', start().takeEnd(6).take(8).enter('ann', 8.2), [['audio', 8.2, 20]]],
    [
      'muted, and still so in the next take',
      start().mute('ann', 'audio', 4, true).takeEnd(6).take(8).enter('ann', 8.2).mute('ann', 'audio', 12, false),
      [['audio', 4, 12]],
    ],
    [
      'muted, and gone when the next take began',
      start().mute('ann', 'audio', 4, true).takeEnd(6).take(8),
      [['audio', 4, 8]],
    ],
    [
      'muted, left, and back without a microphone',
      start().mute('ann', 'audio', 5, true).exit('ann', 7).enter('ann', 10),
      [
        ['audio', 5, 7],
        ['audio', 10, 20],
      ],
    ],
  ])('%s', (_, journal, expected) => expect(mutesOf(journal)).toEqual(expected));
});
