import type { Delivery } from '@trtc-recorder/sandbox';
import type { FoundFile } from './found.ts';

/** From the first to the last packet that the recorder was sent of an anchor's stream, ms since the Unix epoch. */
export interface Stay {
  readonly userId: string;
  readonly track: 'main' | 'sub';
  readonly fromMs: number;
  readonly toMs: number;
}

/** An absence of more ends a file (the product's MAX_GAP_MS). */
const MAX_GAP_MS = 15_000;
/** How long a packet plays that nothing follows. */
const LAST_MS = { audio: 20, main: 1000 / 15, sub: 200 };

/** What each file should span, by the room's ledger of what it sent. */
export function staysOf(deliveries: readonly Delivery[]): Stay[] {
  const stays: Stay[] = [];
  const spans = deliveries.map(({ publisherId, stream, fromMs, toMs }) => {
    const track = stream === 'sub' ? ('sub' as const) : ('main' as const);
    return { userId: publisherId, track, fromMs, toMs: toMs + LAST_MS[stream] };
  });
  for (const span of spans.sort((a, b) => a.fromMs - b.fromMs)) {
    const at = stays.findLastIndex(({ userId, track }) => userId === span.userId && track === span.track);
    const last = stays[at];
    if (last === undefined || span.fromMs - last.toMs > MAX_GAP_MS) stays.push(span);
    else stays[at] = { ...last, toMs: Math.max(last.toMs, span.toMs) };
  }
  return stays;
}

/** The largest difference between what a file lasts and what was sent, ms; a stay without a file counts whole. */
export function durationErrorMs(stays: readonly Stay[], files: readonly FoundFile[]): number {
  const left = [...files];
  const errors = stays.map(({ userId, track, fromMs, toMs }) => {
    const at = left.findIndex((file) => file.file.UserId === userId && file.track === track);
    const [file] = at < 0 ? [] : left.splice(at, 1);
    return Math.abs((file?.truth.probed.durationS ?? 0) * 1000 - (toMs - fromMs));
  });
  const superfluous = left.map(({ truth }) => truth.probed.durationS * 1000);
  return Math.max(0, ...errors, ...superfluous);
}
