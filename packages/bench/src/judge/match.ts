import type { ExpectedEvent } from '../expected.ts';
import type { FoundEvent, FoundFile } from './found.ts';

/** An event that was sent, with where it is; absent when it is nowhere. */
export interface MatchedEvent {
  readonly expected: ExpectedEvent;
  readonly found?: { readonly file: FoundFile; readonly event: FoundEvent };
}

/** Whether an event is all there: a torn beep is half a beep, unless the network is what tore it. */
export const isPresent = ({ found }: MatchedEvent, lossy: boolean): boolean =>
  found !== undefined && (lossy || found.event.torn !== true);

/** An event further than this from where it belongs is another one. */
const NEAR_MS = 400;

const isOf = ({ file, track }: FoundFile, { userId, track: wanted }: ExpectedEvent): boolean =>
  file.UserId === userId && track === (wanted === 'sub' ? 'sub' : 'main');

const fits = (event: FoundEvent, { second, wallMs }: ExpectedEvent, { moduloS }: FoundFile): boolean =>
  Math.abs(event.wallMs - wallMs) <= NEAR_MS && (event.second === undefined || event.second === second % moduloS);

function find(expected: ExpectedEvent, files: readonly FoundFile[]): MatchedEvent['found'] {
  const candidates = files
    .filter((file) => isOf(file, expected))
    .flatMap((file) =>
      (expected.track === 'audio' ? file.beeps : file.flashes)
        .filter((event) => fits(event, expected, file))
        .map((event) => ({ file, event })),
    );
  const distance = ({ event }: { event: FoundEvent }) => Math.abs(event.wallMs - expected.wallMs);
  return candidates.sort((a, b) => distance(a) - distance(b))[0];
}

export const matchEvents = (expected: readonly ExpectedEvent[], files: readonly FoundFile[]): MatchedEvent[] =>
  expected.map((event) => {
    const found = find(event, files);
    return { expected: event, ...(found && { found }) };
  });

/** Video minus audio, ms, of every second of which flash and whole beep are in one file. */
export const skewsMs = (events: readonly MatchedEvent[]): number[] =>
  events.flatMap(({ expected, found }) => {
    if (expected.track !== 'main' || found === undefined) return [];
    const beep = events.find(
      (other) =>
        other.expected.track === 'audio' &&
        other.expected.userId === expected.userId &&
        other.expected.wallMs === expected.wallMs,
    )?.found;
    return beep?.file === found.file && beep.event.torn !== true ? [(found.event.atS - beep.event.atS) * 1000] : [];
  });

/** How far a file lies from its sender's wall clock by the timeline, ms: the middle one of its events. */
export function offsetMs(file: FoundFile, events: readonly MatchedEvent[]): number | undefined {
  const offsets = events
    .flatMap(({ expected, found }) => (found?.file === file ? [found.event.wallMs - expected.wallMs] : []))
    .sort((a, b) => a - b);
  return offsets[offsets.length >> 1];
}
