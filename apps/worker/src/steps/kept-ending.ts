import type { JournalEntry, JournalEntryOf } from '@trtc-recorder/media';
import type { RecordingState } from '@trtc-recorder/queue';
import { toAppError, type Logger } from '@trtc-recorder/runtime';
import { KICKED, type Ending } from '../ending.ts';
import type { RecordingSpool } from '../ports.ts';

/** What the recorder's removal from the room is called in the journal: the same for each worker that has the recording. */
const REMOVALS = new Set<string>(['banned', 'room_disband']);

/** An ending, and when the recording ended, ms since the epoch. */
export interface KeptEnding extends Ending {
  readonly at: number;
}

/**
 * How the recording ended, as a worker before this one found out that could not tell Redis; undefined: it goes on. What
 * came of one disk's last take says nothing of a later one on another disk, except that the room has thrown the recorder
 * out.
 */
export function keptEnding(
  journal: readonly JournalEntry[],
  { name }: Pick<RecordingSpool, 'name'>,
  { spools = [] }: Pick<RecordingState, 'spools'>,
): KeptEnding | undefined {
  const lastTake = journal.findLastIndex(({ type }) => type === 'take');
  const since = journal.slice(lastTake + 1);
  const ended = since.find((entry) => entry.type === 'ending') ?? removal(since);
  const onOtherDisks = spools.some((spool) => spool !== name);
  return ended !== undefined && (!onOtherDisks || REMOVALS.has(ended.reason)) ? ended : undefined;
}

/** Known from the room alone, where a worker was killed before it came to a verdict. */
function removal(entries: readonly JournalEntry[]): KeptEnding | undefined {
  const events = entries.filter((entry): entry is JournalEntryOf<'event'> => entry.type === 'event');
  for (const { at, event } of events)
    if (event.type === 'kicked' && event.reason !== 'kick') return { at, ...KICKED[event.reason] };
  return undefined;
}

/** A disk that is full or away doesn't keep the recording from ending: Redis is told in any case. */
export async function keepEnding(spool: RecordingSpool, ending: Ending, logger: Logger): Promise<void> {
  await spool.keepEnding(ending).catch((error: unknown) => {
    logger.warn({ err: toAppError(error) }, 'how a recording ended could not be kept in its spool');
  });
}
