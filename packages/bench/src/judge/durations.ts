import type { Delivery } from '@trtc-recorder/sandbox';
import type { FoundFile } from './found.ts';

/** From the first to the last packet that the recorder was sent of an anchor's stream, ms since the Unix epoch. */
export interface Stay {
  readonly userId: string;
  readonly track: 'main' | 'sub';
  readonly fromMs: number;
  readonly toMs: number;
  /** A recorder that is asked to stop may go on until it has left: an end from then on is right. */
  readonly leastMs: number;
}

/** An absence of more ends a file (the product's MAX_GAP_MS). */
const MAX_GAP_MS = 15_000;
/** How long a packet plays that nothing follows. */
const LAST_MS = { audio: 20, main: 1000 / 15, sub: 200 };

/** What each file should span, by the room's ledger of what it sent. */
export function staysOf(deliveries: readonly Delivery[], stoppedMs: number): Stay[] {
  const stays: Stay[] = [];
  const spans = deliveries.map(({ publisherId, stream, fromMs, toMs }) => {
    const track = stream === 'sub' ? ('sub' as const) : ('main' as const);
    const endMs = toMs + LAST_MS[stream];
    return { userId: publisherId, track, fromMs, toMs: endMs, leastMs: Math.min(endMs, stoppedMs) };
  });
  for (const span of spans.sort((a, b) => a.fromMs - b.fromMs)) {
    const at = stays.findLastIndex(({ userId, track }) => userId === span.userId && track === span.track);
    const last = stays[at];
    if (last === undefined || span.fromMs - last.toMs > MAX_GAP_MS) stays.push(span);
    else {
      const leastMs = Math.max(last.leastMs, span.leastMs);
      stays[at] = { ...last, toMs: Math.max(last.toMs, span.toMs), leastMs };
    }
  }
  return stays;
}

/** How a file lies against what was sent; a stay without a file is missing whole. */
export interface SpanError {
  readonly durationErrorMs: number;
  /** By the timeline. The difference of these two is the duration's error. */
  readonly beginsLateMs: number;
  readonly endsLateMs: number;
}

/** Of the file that is furthest from what was sent. */
export function spanError(stays: readonly Stay[], files: readonly FoundFile[]): SpanError {
  const left = [...files];
  const errors = stays.map((stay) => {
    const at = left.findIndex(({ file, track }) => file.UserId === stay.userId && track === stay.track);
    const [file] = at < 0 ? [] : left.splice(at, 1);
    return errorOf(stay, file);
  });
  const superfluous = left.map((file) =>
    errorOf({ fromMs: file.startMs, toMs: file.startMs, leastMs: file.startMs }, file),
  );
  const [worst] = [...errors, ...superfluous].sort((a, b) => b.durationErrorMs - a.durationErrorMs);
  return worst ?? { durationErrorMs: 0, beginsLateMs: 0, endsLateMs: 0 };
}

function errorOf({ fromMs, toMs, leastMs }: Omit<Stay, 'userId' | 'track'>, file: FoundFile | undefined): SpanError {
  const startMs = file?.startMs ?? fromMs;
  const lastsMs = (file?.truth.probed.durationS ?? 0) * 1000;
  const beginsLateMs = startMs - fromMs;
  const endMs = startMs + lastsMs;
  const endsLateMs = endMs - Math.min(Math.max(endMs, leastMs), toMs);
  return { durationErrorMs: Math.abs(endsLateMs - beginsLateMs), beginsLateMs, endsLateMs };
}
