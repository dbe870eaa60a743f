import { ArrivalRecorder, type JournalEntry } from '@trtc-recorder/media';
import { seeded } from '@trtc-recorder/sandbox';

type Kind = 'audio' | 'video';

/** One simulated track: how its sender's clock runs, and how its frames arrive. */
export interface SimulatedTrack {
  readonly userId: string;
  readonly kind: Kind;
  readonly number: number;
  readonly ppm: number;
  readonly jitterMs: number;
  readonly loss: number;
}

export const CLOCK_RATE: Readonly<Record<Kind, number>> = { audio: 48_000, video: 90_000 };
const FRAME_MS: Readonly<Record<Kind, number>> = { audio: 20, video: 1000 / 15 };
const SEGMENT_MS = 10_000;
const PACKET_TICKS = 960;
const FIRST_RTP = 1_000_000;

/** The RTP timestamp of what is captured `ms` after the start, by a clock that runs wrong. */
export const rtpAt = ({ kind, ppm }: SimulatedTrack, ms: number): number =>
  FIRST_RTP + Math.round((ms * (1 + ppm / 1e6) * CLOCK_RATE[kind]) / 1000);

/** The journal of a track of `lengthMs` from `startMs` on: arrivals and segments. */
export function* journalOf(track: SimulatedTrack, startMs: number, lengthMs: number): Generator<JournalEntry> {
  const { userId, kind, number } = track;
  const codec = kind === 'audio' ? ('opus' as const) : ('h264' as const);
  const sender = {
    userId,
    stream: 'main',
    kind,
    codec,
    clockRate: CLOCK_RATE[kind],
    ssrc: number,
    tap: number,
  } as const;
  yield { type: 'track', at: startMs, take: 1, track: number, ...sender };
  yield* arrivalsOf(track, startMs, lengthMs);
  for (let fromMs = 0; fromMs < lengthMs; fromMs += SEGMENT_MS)
    yield segment(track, startMs, fromMs, Math.min(fromMs + SEGMENT_MS, lengthMs));
}

/** When each frame that the network didn't lose arrived, as the product records it. */
function arrivalsOf(track: SimulatedTrack, startMs: number, lengthMs: number): JournalEntry[] {
  const random = seeded(track.number);
  const lines: JournalEntry[] = [];
  const recorder = new ArrivalRecorder(CLOCK_RATE[track.kind], (line) =>
    lines.push({ type: 'arrivals', at: line.receivedAt, track: track.number, ...line }),
  );
  const packet = track.kind === 'audio' ? { ticks: PACKET_TICKS } : {};
  for (let frame = 0; frame * FRAME_MS[track.kind] < lengthMs; frame += 1) {
    const ms = frame * FRAME_MS[track.kind];
    const receivedAt = startMs + ms + random() * track.jitterMs;
    if (random() >= track.loss) recorder.add({ rtp: rtpAt(track, ms), receivedAt, sequence: frame, ...packet });
  }
  recorder.end();
  return lines;
}

function segment(track: SimulatedTrack, startMs: number, fromMs: number, toMs: number): JournalEntry {
  const { kind, number } = track;
  const frameMs = FRAME_MS[kind];
  const place = number * 1000 + fromMs / SEGMENT_MS;
  return {
    type: 'segment',
    at: startMs + toMs,
    track: number,
    segment: place,
    file: `${String(place).padStart(6, '0')}.mkv`,
    codec: kind === 'audio' ? 'opus' : 'h264',
    firstRtp: rtpAt(track, fromMs),
    lastRtp: rtpAt(track, toMs - frameMs),
    frames: Math.round((toMs - fromMs) / frameMs),
    keyFrames: 1,
    bytes: 1000,
    ...(kind === 'audio' ? { frameTicks: PACKET_TICKS } : { width: 640, height: 360 }),
  };
}
