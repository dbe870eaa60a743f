import type { Kind } from '@trtc-recorder/contracts';
import { finish } from '@trtc-recorder/runtime';
import { ArrivalCollector } from '../../../src/clock/arrival-series.ts';
import { fitClocks, wallMs } from '../../../src/clock/rtp-clock.ts';
import { readArrivals } from '../../../src/spool/journal/read-arrivals.ts';
import { ArrivalRecorder } from '../../../src/spool/take/arrival-recorder.ts';
import { seeded } from '../../helpers/spool-fixture.ts';

/** Something that happens to a sender's track at a moment, ms after the start. */
export type TrackEvent = { readonly at: number } & (
  | { readonly do: 'jump'; readonly ms: number }
  /** Nothing is sent, and the timestamps stand still. */
  | { readonly do: 'stall'; readonly ms: number }
  /** Nothing is sent, and the timestamps go on. */
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'interval'; readonly ms: number }
);

export interface SimulatedTrack {
  readonly kind: Kind;
  readonly intervalMs: number;
  /** Ticks of the sender's clock in one of ours: 1.01 is 1 % fast. */
  readonly rate?: number;
  /** The sender counts frames: its timestamps advance by the first interval, whatever the real one is. */
  readonly counts?: boolean;
  readonly events?: readonly TrackEvent[];
  readonly delayAt?: (ms: number) => number;
}

export interface SimulatedSender {
  readonly tracks: readonly SimulatedTrack[];
  readonly lengthMs: number;
  /** Delay of the route that all tracks take, ms. */
  readonly delayAt?: (ms: number) => number;
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly seed?: number;
}

/** Frames of a track: when each was captured and when it arrived (ms), and its RTP timestamp. */
interface SentTrack {
  readonly clockRate: number;
  readonly capturedMs: number[];
  readonly rtp: number[];
  readonly collector: ArrivalCollector;
}

export const T0 = 1_760_000_000_000;
const CLOCK_RATE = { audio: 48_000, video: 90_000 };

/** Sends a track, and records its arrivals as a take does. */
function send(track: SimulatedTrack, sender: SimulatedSender, seed: number): SentTrack {
  const { kind, intervalMs, rate = 1, counts = false, events = [] } = track;
  const { lengthMs, jitterMs = 30, loss = 0, delayAt = () => 0 } = sender;
  const clockRate = CLOCK_RATE[kind];
  const random = seeded(seed);
  const collector = new ArrivalCollector();
  const recorder = new ArrivalRecorder(clockRate, (line) => {
    for (const arrival of readArrivals({ type: 'arrivals', at: 0, track: 1, ...line }, clockRate))
      collector.add(arrival);
  });
  const waiting = [...events].sort((a, b) => a.at - b.at);
  const [capturedMs, rtp]: [number[], number[]] = [[], []];
  let media = random() * 1_000;
  let interval = intervalMs;
  let sequence = 0;
  let delivered = 0;
  for (let ms = 0; ms < lengthMs;) {
    for (let event = waiting[0]; event !== undefined && event.at <= ms; event = waiting[0]) {
      waiting.shift();
      if (event.do === 'jump') media += event.ms;
      if (event.do === 'stall' || event.do === 'pause') ms += event.ms;
      if (event.do === 'pause') media += event.ms * rate;
      if (event.do === 'interval') interval = event.ms;
    }
    // What a route holds back it delivers in order.
    delivered = Math.max(delivered + 0.1, ms + delayAt(ms) + (track.delayAt?.(ms) ?? 0));
    const receivedAt = T0 + delivered + random() * jitterMs;
    const timestamp = 1_000_000 + Math.round((media * clockRate) / 1000);
    sequence += 1;
    if (random() >= loss) {
      const packet = kind === 'audio' ? { sequence, ticks: Math.round((intervalMs * rate * clockRate) / 1000) } : {};
      recorder.add({ rtp: timestamp, receivedAt, ...packet });
      capturedMs.push(ms);
      rtp.push(timestamp);
    }
    ms += interval;
    media += counts ? intervalMs : interval * rate;
  }
  recorder.end();
  return { clockRate, capturedMs, rtp, collector };
}

export interface Judged {
  /** For each track and frame: by how much later than it was captured it is placed, ms. */
  readonly errors: readonly (readonly number[])[];
  /** For each frame of the last track: by how much later than the first track's next to it, ms. */
  readonly skews: readonly number[];
}

/** Frames this far apart are not compared. */
const NEAR_MS = 200;

/** Sends all tracks, finds their clocks, and compares where the frames are placed with when they were captured. */
export function judge(sender: SimulatedSender): Judged {
  const sent = sender.tracks.map((track, index) => send(track, sender, (sender.seed ?? 1) * 16 + index));
  const tracks = sent.map(({ collector, clockRate }, index) => ({
    kind: sender.tracks[index]!.kind,
    series: collector.series(clockRate),
  }));
  const clocks = finish(fitClocks(tracks));
  const errors = sent.map(({ rtp, capturedMs }, track) =>
    rtp.map((timestamp, index) => wallMs(clocks[track]!, timestamp) - T0 - capturedMs[index]!),
  );
  return { errors, skews: sent.length < 2 ? [] : skewsOf(sent, errors) };
}

const skewsOf = (sent: readonly SentTrack[], errors: readonly (readonly number[])[]): number[] => {
  const [first, last] = [sent[0]!, sent.at(-1)!];
  let near = 0;
  return last.capturedMs.flatMap((ms, index) => {
    while (near < first.capturedMs.length - 1 && first.capturedMs[near]! < ms) near += 1;
    if (Math.abs(first.capturedMs[near]! - ms) > NEAR_MS) return [];
    return [errors.at(-1)![index]! - errors[0]![near]!];
  });
};

/** The value below which the given part of the values lies, without sign. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
};

export const audio = { kind: 'audio', intervalMs: 20 } as const;
export const video = { kind: 'video', intervalMs: 1000 / 15 } as const;

/** The same event again and again. */
export const every = (everyMs: number, count: number, event: { readonly do: TrackEvent['do']; readonly ms: number }) =>
  Array.from({ length: count }, (_, index) => ({ at: 4_000 + index * everyMs, ...event }));
