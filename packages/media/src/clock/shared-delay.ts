import type { Kind } from '@trtc-recorder/contracts';
import type { Sliced } from '@trtc-recorder/runtime';
import type { ArrivalSeries } from './arrival-series.ts';
import type { LinePiece } from './arrival-line.ts';
import { offsetAt, type Line } from './least-delay-line.ts';
import { median } from './statistics.ts';

/** A piece of a track between two moments of arrival: ms after the series' common origin. */
interface Segment {
  readonly track: number;
  readonly place: number;
  readonly line: Line;
  readonly jump: boolean;
  readonly firstMedia: number;
  readonly lastMedia: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface TrackArrivals {
  readonly kind: Kind;
  readonly series: ArrivalSeries;
  readonly pieces: readonly LinePiece[];
}

/** A track whose clock is off is known after this time: the difference between its clock and its arrivals fades, ms. */
const CLOCK_FADES_MS = 5_000;
/** A larger difference is a jump or a stall of its clock, and taken over at once. */
const CLOCK_MOVES_MS = 250;
const RATE_FADES_MS = 20_000;
/** Rates below this are what clocks usually differ by. */
const USUAL_RATE = 0.0005;
/** No route becomes longer by more than this: it is the sender that stopped, with all its clocks. */
const LONGEST_DELAY_MS = 1_000;
/** What is left of a delay goes into the place of the media at this pace (ms per ms), so that nobody hears it. */
const INTO_PLACE = 0.001;
/** The same for a route that became shorter: what was placed before was late. */
const OUT_OF_PLACE = 0.005;
/** The look-ahead: a delay that ends within it is recognised as delay. */
const LOOK_AHEAD_MS = 20_000;
/** Tracks that begin within this time of the first begin together. */
const TOGETHER_MS = 3_000;
/** A track without frames for so long says nothing about the route. */
const SILENT_MS = 2_000;
/** A queue grows for longer than a moment, and for at least this long, ms. */
const RAMP_MS = 1_500;
/** Pieces compared in a row before others have a turn. */
const SLICE = 500;
/** A fall of a lone video's offset by more than this is a jump of its timestamps. */
const JUMP_MS = 15;

/** The delay of a piece's frames, from its first to its last, ms. */
export interface PieceDelay {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The delay that all tracks of one sender have in common, for each piece of each track. Two tracks take the same route:
 * what both show at once is delay; what one alone shows is its clock (docs/decisions/0044).
 */
export function* findSharedDelays(tracks: readonly TrackArrivals[]): Sliced<PieceDelay[][]> {
  const originMs = Math.min(...tracks.map(({ series }) => series.originMs));
  return yield* new Comparison(tracks, originMs).delays();
}

/** What the recorder takes a track's clock to be: the offset its frames would have without delay, and its rate. */
class TrackClock {
  readonly kind: Kind;
  readonly segments: readonly Segment[];
  atMs = Number.NaN;
  #offset = 0;
  #rate = 0;
  #media = 0;
  #begun = false;
  /** Index of the segment that was asked for last. */
  #asked = 0;

  constructor(kind: Kind, segments: readonly Segment[]) {
    this.kind = kind;
    this.segments = segments;
  }

  get begun(): boolean {
    return this.#begun;
  }

  begin(segment: Segment, delayMs: number): void {
    this.#begun = true;
    this.#media = segment.firstMedia;
    this.#offset = offsetAt(segment.line, segment.firstMedia) - delayMs;
    this.#rate = Math.abs(segment.line.slope) < USUAL_RATE ? 0 : segment.line.slope;
    this.atMs = segment.startMs;
  }

  /** By how much later than by its clock the frames of a segment come, ms. */
  lateness(line: Line, media: number): number {
    return offsetAt(line, media) - this.#offset - this.#rate * (media - this.#media);
  }

  /** Goes on to a segment; answers the time since the one before, ms. */
  advance({ firstMedia, startMs }: Segment): number {
    this.#offset += this.#rate * (firstMedia - this.#media);
    this.#media = firstMedia;
    const passedMs = Math.max(0, Math.min(CLOCK_FADES_MS, startMs - this.atMs));
    this.atMs = startMs;
    return passedMs;
  }

  move(ms: number): void {
    this.#offset += ms;
  }

  learnRate(slope: number, passedMs: number): void {
    this.#rate += (slope - this.#rate) * (1 - Math.exp(-passedMs / RATE_FADES_MS));
  }

  /**
   * Its lateness at a moment of arrival: of the segments that cover it (several where a route became shorter), else of
   * both neighbours.
   */
  latenessAt(arrivedMs: number): number[] {
    if (!this.#begun) return [];
    const all = this.segments;
    while (this.#asked > 0 && (all[this.#asked]?.startMs ?? 0) > arrivedMs) this.#asked -= 1;
    while ((all[this.#asked + 1]?.startMs ?? Infinity) <= arrivedMs) this.#asked += 1;
    const near = [-2, -1, 0, 1, 2, 3].map((step) => all[this.#asked + step]);
    const covering = near.filter(
      (segment) => segment !== undefined && segment.startMs <= arrivedMs && arrivedMs <= segment.endMs,
    );
    const inside = ({ line }: Segment): number => (arrivedMs - line.offset) / (1 + line.slope);
    if (covering.length > 0)
      return covering.flatMap((segment) => (segment ? [this.lateness(segment.line, inside(segment))] : []));
    const [segment, next] = [all[this.#asked], all[this.#asked + 1]];
    return [
      ...(segment !== undefined && Math.abs(arrivedMs - segment.endMs) < SILENT_MS
        ? [this.lateness(segment.line, segment.lastMedia)]
        : []),
      ...(next !== undefined && next.startMs - arrivedMs < SILENT_MS
        ? [this.lateness(next.line, next.firstMedia)]
        : []),
    ];
  }

  /** By how much its offset falls within the look-ahead of the start, its rate and jumps of its timestamps apart. */
  fallAtStart(): number {
    const [first] = this.segments;
    if (first === undefined) return 0;
    const early = this.segments.filter(({ startMs }) => startMs < first.startMs + LOOK_AHEAD_MS);
    const rate = median(early.map(({ line }) => line.slope));
    let expected = offsetAt(first.line, first.firstMedia);
    let media = first.firstMedia;
    let most = 0;
    for (const [index, { line, firstMedia, jump }] of early.entries()) {
      expected += rate * (firstMedia - media);
      media = firstMedia;
      const before = early[index - 1];
      if (jump && before !== undefined) expected += offsetAt(line, firstMedia) - offsetAt(before.line, firstMedia);
      most = Math.max(most, expected - offsetAt(line, firstMedia));
    }
    return most;
  }
}

/** Of two movements the part that both have: nothing if they go opposite ways. */
const common = (a: number, b: number): number => {
  if (Math.sign(a) !== Math.sign(b)) return 0;
  return Math.abs(a) < Math.abs(b) ? a : b;
};

/** Goes through the segments of all tracks in order of arrival, and compares what their clocks show. */
class Comparison {
  readonly #clocks: readonly TrackClock[];
  readonly #segments: readonly Segment[];

  constructor(tracks: readonly TrackArrivals[], originMs: number) {
    this.#clocks = tracks.map((track, index) => new TrackClock(track.kind, segmentsOf(track, index, originMs)));
    this.#segments = this.#clocks.flatMap(({ segments }) => segments).sort((a, b) => a.startMs - b.startMs);
  }

  *delays(): Sliced<PieceDelay[][]> {
    const startDelay = this.#delayAtStart();
    const delays = this.#clocks.map((): PieceDelay[] => []);
    for (const [index, segment] of this.#segments.entries()) {
      if (index % SLICE === 0) yield;
      const clock = this.#clocks[segment.track];
      if (clock === undefined) continue;
      if (!clock.begun) clock.begin(segment, startDelay.get(clock) ?? this.#delayOfOthers(clock, segment.startMs));
      const own = delays[segment.track];
      if (own !== undefined) own[segment.place] = this.#compare(clock, segment);
    }
    return delays;
  }

  /** The shared delay at the start and at the end of a segment; the track's clock follows what isn't shared. */
  #compare(clock: TrackClock, segment: Segment): PieceDelay {
    const { line, firstMedia, lastMedia, startMs, endMs } = segment;
    const passedMs = clock.advance(segment);
    let late = clock.lateness(line, firstMedia);
    let shared = this.#shared(clock, late, startMs);
    if (segment.jump || (shared.alone && isOwnStep(clock, segment))) {
      const before = clock.segments[segment.place - 1];
      const step = before === undefined ? 0 : offsetAt(line, firstMedia) - offsetAt(before.line, firstMedia);
      clock.move(step);
      late -= step;
      shared = this.#shared(clock, late, startMs);
    }
    if (shared.ms > LONGEST_DELAY_MS) {
      clock.move(late);
      late = 0;
      shared = { ms: 0, alone: shared.alone };
    }
    const atEnd = this.#shared(clock, clock.lateness(line, lastMedia), endMs).ms;
    const own = late - shared.ms;
    const moves = Math.abs(own) > CLOCK_MOVES_MS;
    clock.move(moves ? own : own * (1 - Math.exp(-passedMs / CLOCK_FADES_MS)));
    clock.move(Math.max(-OUT_OF_PLACE * passedMs, Math.min(INTO_PLACE * passedMs, shared.ms)));
    if (!moves) clock.learnRate(line.slope, passedMs);
    return { startMs: shared.ms, endMs: atEnd > LONGEST_DELAY_MS ? shared.ms : atEnd };
  }

  #shared(clock: TrackClock, late: number, arrivedMs: number): { ms: number; alone: boolean } {
    let ms: number | undefined;
    for (const other of this.#clocks) {
      if (other === clock) continue;
      const found = other.latenessAt(arrivedMs);
      if (found.length === 0) continue;
      const closer = found.reduce((best, ms) => (Math.abs(ms - late) < Math.abs(best - late) ? ms : best));
      const both = common(late, closer);
      if (ms === undefined || Math.abs(both) > Math.abs(ms)) ms = both;
    }
    return { ms: ms ?? late, alone: ms === undefined };
  }

  /** A delay that all tracks have at the start, and lose within the look-ahead. */
  #delayAtStart(): Map<TrackClock, number> {
    const firstMs = this.#segments[0]?.startMs ?? 0;
    const early = this.#clocks.filter(({ segments }) => (segments[0]?.startMs ?? Infinity) < firstMs + TOGETHER_MS);
    const [first] = early;
    // Video alone may have jumped by less than is certain.
    if (early.length === 1 && first?.kind === 'video') return new Map();
    const delay = Math.min(...early.map((clock) => clock.fallAtStart()), LONGEST_DELAY_MS);
    return new Map(early.map((clock) => [clock, delay]));
  }

  #delayOfOthers(clock: TrackClock, arrivedMs: number): number {
    const others = this.#clocks.filter((other) => other !== clock);
    return others.flatMap((other) => other.latenessAt(arrivedMs))[0] ?? 0;
  }
}

/**
 * Without another track to compare with: a video whose frames come too early has jumped; a rise is a stall if it comes
 * from one frame to the next, and does not pass within the look-ahead.
 */
const isOwnStep = (clock: TrackClock, { place, line, firstMedia, startMs }: Segment): boolean => {
  const { kind, segments } = clock;
  const before = segments[place - 1];
  if (before === undefined) return false;
  const step = offsetAt(line, firstMedia) - offsetAt(before.line, firstMedia);
  if (Math.abs(step) <= JUMP_MS || isRamp(clock, place, step)) return false;
  if (step < 0) return kind === 'video';
  const late = clock.lateness(line, firstMedia);
  for (let next = place + 1; next < segments.length; next += 1) {
    const later = segments[next];
    if (later === undefined || later.startMs > startMs + LOOK_AHEAD_MS) break;
    if (clock.lateness(later.line, later.firstMedia) < late - step / 2) return false;
  }
  return true;
};

/** Whether the offset also moves that way right before or after a step: a queue grows and drains gradually. */
const isRamp = (clock: TrackClock, place: number, step: number): boolean => {
  const { segments } = clock;
  const lateAt = (index: number, media: 'firstMedia' | 'lastMedia'): number => {
    const segment = segments[index];
    return segment === undefined ? Number.NaN : clock.lateness(segment.line, segment[media]);
  };
  const atMs = segments[place]?.startMs ?? 0;
  const around = (index: number): boolean => Math.abs((segments[index]?.startMs ?? Infinity) - atMs) < RAMP_MS;
  let from = place - 1;
  while (around(from - 1)) from -= 1;
  let to = place;
  while (around(to + 1)) to += 1;
  const before = lateAt(place - 1, 'lastMedia') - lateAt(from, 'firstMedia');
  const after = lateAt(to, 'lastMedia') - lateAt(place, 'firstMedia');
  return Math.max(before * Math.sign(step), after * Math.sign(step)) > Math.abs(step) / 2;
};

const segmentsOf = ({ series, pieces }: TrackArrivals, track: number, originMs: number): Segment[] => {
  const lateMs = series.originMs - originMs;
  return pieces.map(({ from, to, line, jump }, place) => {
    const firstMedia = series.mediaMs[from] ?? 0;
    const lastMedia = series.mediaMs[to - 1] ?? firstMedia;
    const moved = { offset: line.offset + lateMs, slope: line.slope };
    const arrival = (media: number): number => media + offsetAt(moved, media);
    return {
      track,
      place,
      line: moved,
      jump,
      firstMedia,
      lastMedia,
      startMs: arrival(firstMedia),
      endMs: arrival(lastMedia),
    };
  });
};
