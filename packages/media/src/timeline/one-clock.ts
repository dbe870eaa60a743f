import type { JournalEntry } from '../spool/journal/journal-entry.ts';

/** Measurements of two machines' clocks are not as good as what NTP does: a smaller difference is left alone, ms. */
const SURE_MS = 80;

/**
 * The journal as if all its takes had been captured by the machine of the first: takes of others are moved by what their
 * clocks differ. Where that was never measured, a take is at least not begun before the one before it had ended.
 */
export function* onOneClock(entries: Iterable<JournalEntry>): Generator<JournalEntry> {
  let firstAhead: number | undefined;
  let earlierMs = 0;
  let lastMs = -Infinity;
  for (const entry of entries) {
    if (entry.type === 'take') {
      firstAhead ??= entry.aheadMs;
      if (entry.aheadMs === undefined || firstAhead === undefined) earlierMs = Math.min(0, entry.at - lastMs);
      else earlierMs = differing(entry.aheadMs - firstAhead);
    }
    const moved = earlierMs === 0 ? entry : moveBack(entry, earlierMs);
    if (isLife(moved)) lastMs = Math.max(lastMs, moved.at);
    yield moved;
  }
}

const differing = (apartMs: number): number => (Math.abs(apartMs) < SURE_MS ? 0 : apartMs);

/** Segments recovered after a crash are journalled by the next take, and restored spools by whoever delivers. */
const isLife = (entry: JournalEntry): boolean =>
  !(entry.type === 'segment' && entry.recovered === true) && entry.type !== 'restored';

const moveBack = (entry: JournalEntry, ms: number): JournalEntry => {
  const at = entry.at - ms;
  if (entry.type === 'event') return { ...entry, at, event: { ...entry.event, at: entry.event.at - ms } };
  if (entry.type === 'arrivals' || entry.type === 'clock' || entry.type === 'step')
    return { ...entry, at, receivedAt: entry.receivedAt - ms };
  return { ...entry, at };
};
