import { shiftEvent } from '@trtc-recorder/contracts';
import type { JournalEntry, JournalEntryOf } from '../spool/journal/journal-entry.ts';

/** Measurements of two machines' clocks are not as good as what NTP does: a smaller difference is left alone, ms. */
const SURE_MS = 80;
/** The reason of a take whose worker was killed: the next one writes it, as of the last sign of life on the disk. */
export const KILLED = 'killed';

type TakeEntry = JournalEntryOf<'take'>;

/**
 * The journal as if one clock had run through all its takes, that of the first. Takes of the same machine are ordered by
 * its monotonic clock, so that it doesn't matter whether the wall clock was set between them. Takes of other machines
 * are moved by what their clocks differ. A worker's take, and one about which nothing was measured, never begins before
 * the end of the one before it.
 */
export function* onOneClock(entries: Iterable<JournalEntry>): Generator<JournalEntry> {
  const clocks = new TakeClocks();
  let earlierMs = 0;
  for (const entry of entries) {
    if (entry.type === 'take') earlierMs = clocks.begin(entry);
    const moved = earlierMs === 0 ? entry : moveBack(entry, earlierMs);
    clocks.note(moved);
    yield moved;
  }
}

/** By how much the clock of each take is ahead of the first one's. */
class TakeClocks {
  #firstAhead: number | undefined;
  /** By boot: wall clock minus monotonic clock, on the first take's clock. */
  readonly #origins = new Map<string, number>();
  /** Ends of takes, by worker. */
  readonly #ends = new Map<string, number>();
  #lastMs = -Infinity;
  #worker: string | undefined;

  begin(take: TakeEntry): number {
    const earlierMs = this.#ahead(take);
    const endMs = this.#isMeasured(take) ? (this.#ends.get(take.worker) ?? -Infinity) : this.#lastMs;
    const settled = Math.min(earlierMs, take.at - endMs);
    this.#firstAhead ??= take.aheadMs;
    if (take.boot !== undefined && take.upMs !== undefined && !this.#origins.has(take.boot))
      this.#origins.set(take.boot, take.at - settled - take.upMs);
    this.#worker = take.worker;
    return settled;
  }

  note(entry: JournalEntry): void {
    const at = capturedAt(entry);
    if (at === undefined || this.#worker === undefined) return;
    this.#lastMs = Math.max(this.#lastMs, at);
    this.#ends.set(this.#worker, Math.max(this.#ends.get(this.#worker) ?? -Infinity, at));
  }

  #ahead(take: TakeEntry): number {
    const origin = this.#originOf(take);
    if (origin !== undefined) return differing(take.at - (take.upMs ?? 0) - origin);
    if (take.aheadMs === undefined || this.#firstAhead === undefined) return 0;
    return differing(take.aheadMs - this.#firstAhead);
  }

  #isMeasured(take: TakeEntry): boolean {
    return this.#originOf(take) !== undefined || (take.aheadMs !== undefined && this.#firstAhead !== undefined);
  }

  #originOf({ boot, upMs }: TakeEntry): number | undefined {
    return boot === undefined || upMs === undefined ? undefined : this.#origins.get(boot);
  }
}

const differing = (apartMs: number): number => (Math.abs(apartMs) < SURE_MS ? 0 : apartMs);

/**
 * The moment an entry proves that its take captured: by arrivals, events and the take's own end. When a line was written is
 * no proof: the system's clock may be set while a take runs, and the page's is not.
 */
export const capturedAt = (entry: JournalEntry): number | undefined => {
  switch (entry.type) {
    case 'take':
      return entry.at;
    case 'take-end':
      return entry.reason === KILLED ? undefined : entry.at;
    case 'arrivals':
      return entry.until;
    case 'clock':
    case 'step':
      return entry.receivedAt;
    case 'event':
      return entry.event.type === 'note' ? undefined : entry.event.at;
    default:
      return undefined;
  }
};

const moveBack = (entry: JournalEntry, ms: number): JournalEntry => {
  const at = entry.at - ms;
  if (entry.type === 'event') return { ...entry, at, event: shiftEvent(entry.event, -ms) };
  if (entry.type === 'arrival-gap') return { ...entry, at, fromMs: entry.fromMs - ms, toMs: entry.toMs - ms };
  if (entry.type === 'arrivals') return { ...entry, at, receivedAt: entry.receivedAt - ms, until: entry.until - ms };
  if (entry.type === 'clock' || entry.type === 'step') return { ...entry, at, receivedAt: entry.receivedAt - ms };
  return { ...entry, at };
};
