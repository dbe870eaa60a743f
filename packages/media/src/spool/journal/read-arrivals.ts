import type { Arrival } from '../../clock/arrival-series.ts';
import type { JournalEntryOf } from './journal-entry.ts';

/** Parts of a ms in which a line counts lateness. */
const PARTS = 10;

/** The frames of a line of arrivals. */
export function* readArrivals(line: JournalEntryOf<'arrivals'>, clockRate: number): Generator<Arrival> {
  let rtp = line.rtp;
  for (const [index, frame] of line.frames.entries()) {
    const [ticks, late, jump] = typeof frame === 'number' ? [line.ticks, frame] : frame;
    if (index > 0) rtp += ticks;
    const receivedAt = line.receivedAt + ((rtp - line.rtp) * 1000) / clockRate + late / PARTS;
    yield jump === 1 ? { rtp, receivedAt, jump: true } : { rtp, receivedAt };
  }
}
