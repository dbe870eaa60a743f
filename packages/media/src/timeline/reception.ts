import type { GapCause } from '@trtc-recorder/contracts';
import type { TrackName } from './track-states.ts';
import { lengthMs, sharedPart, type Stretch } from './stretch.ts';

/** What is known of one track's reception. */
export interface Received extends TrackName {
  /** When frames came, at the track's usual rate. */
  readonly received: readonly Stretch[];
  /** When it was published, by the room. */
  readonly published: readonly Stretch[];
  /** Frames come so often that their absence shows: not a still screen, nor a slow share. */
  readonly isLively: boolean;
}

type Disconnected = Extract<GapCause, 'anchor-disconnected' | 'recorder-disconnected'>;

/** A shorter time without media is a burst of loss. */
export const SHORTEST_MS = 1_000;
/** The same where no other track confirms it: a decoder without a key frame may be silent for nearly as long. */
const UNCONFIRMED_MS = 4_000;
/** Gaps of different tracks begin and end a little apart. */
const EDGE_MS = 300;
const PRESENT_PART = 0.2;
const PUBLISHED_PART = 0.5;

const isOf = (track: TrackName, name: TrackName): boolean =>
  track.userId === name.userId && track.stream === name.stream && track.kind === name.kind;

const coreOf = (gap: Stretch): Stretch => {
  const edgeMs = Math.min(EDGE_MS, lengthMs(gap) / 4);
  return { startMs: gap.startMs + edgeMs, endMs: gap.endMs - edgeMs };
};

/** Who received what: from it follows on whose side a connection was down. */
export class Reception {
  readonly #tracks: readonly Received[];
  readonly #losses: readonly Stretch[];

  /** `losses`: when the recorder's own connection was down. */
  constructor(tracks: readonly Received[], losses: readonly Stretch[]) {
    this.#tracks = tracks;
    this.#losses = losses;
  }

  /** When anything else came of the anchor that has the track. */
  ofSameAnchor(name: TrackName): Stretch[] {
    return this.#tracks
      .filter((track) => track.userId === name.userId && !isOf(track, name) && track.isLively)
      .flatMap(({ received }) => received);
  }

  /**
   * Whose connection was down while nothing of a track came; undefined when neither is known to be. `proven`: frames are
   * known to be missing, not only absent.
   */
  disconnected(name: TrackName, gap: Stretch, proven: boolean): Disconnected | undefined {
    if (lengthMs(gap) < SHORTEST_MS) return undefined;
    const core = coreOf(gap);
    const expected = this.#tracks.filter(
      (track) => track.isLively && !isOf(track, name) && sharedPart(core, track.published) >= PUBLISHED_PART,
    );
    const isPresent = ({ received }: Received): boolean => sharedPart(core, received) > PRESENT_PART;
    const own = expected.filter(({ userId }) => userId === name.userId);
    const others = expected.filter(({ userId }) => userId !== name.userId);
    if (own.some(isPresent)) return undefined;
    const confirmed = own.length > 0;
    if (others.some(isPresent))
      return confirmed || (proven && lengthMs(gap) >= UNCONFIRMED_MS) ? 'anchor-disconnected' : undefined;
    const recorder = others.length > 0 || sharedPart(core, this.#losses) > PRESENT_PART;
    if (recorder) return 'recorder-disconnected';
    return confirmed || (proven && lengthMs(gap) >= UNCONFIRMED_MS) ? 'anchor-disconnected' : undefined;
  }
}
