import type { GapCause } from '@trtc-recorder/contracts';
import type { ClipSpecInput, Impairment, TimestampFaultsInput } from '@trtc-recorder/sandbox';

/** `main` and `sub` are pictures: camera and screen. */
export type TrackName = 'audio' | 'main' | 'sub';
export const TRACKS = ['audio', 'main', 'sub'] as const;

/** An anchor as it enters the room. */
export interface AnchorSetup {
  readonly userId: string;
  /** `freq` tells who it is. */
  readonly clip: ClipSpecInput & { readonly freq: number };
  /** In a Chromium, with the real SDK; otherwise the sandbox sends the clip itself. */
  readonly browser?: true;
  /** What it publishes from the start on: camera and microphone when left out. */
  readonly publishes?: readonly TrackName[];
  /** Silence is not sent (synthetic). */
  readonly dtx?: true;
  /** How much faster its clock runs than ours, parts per million (synthetic). */
  readonly driftPpm?: number;
  /** What is wrong with its RTP timestamps; its media are sent at the right times (synthetic). */
  readonly timestamps?: TimestampFaultsInput;
}

/** What an anchor is told to do. */
export type Action =
  | { readonly do: 'enter' }
  | { readonly do: 'leave' }
  | { readonly do: 'publish'; readonly track: TrackName; readonly on: boolean }
  | { readonly do: 'mute'; readonly kind: 'audio' | 'video'; readonly on: boolean }
  /** Its network is dead for so long. */
  | { readonly do: 'cut'; readonly forMs: number }
  /** Another size or codec, from the next key frame on (synthetic). */
  | { readonly do: 'show'; readonly clip: ClipSpecInput }
  /** RTP times begin anew somewhere else (synthetic). */
  | { readonly do: 'restart' };

export interface Step {
  /** Seconds after the recorder has begun to capture. */
  readonly atS: number;
  readonly userId: string;
  readonly action: Action;
}

/** How long an anchor's media has to be missing for a cause; up to `spareS` longer, until media flows again. */
export interface WantedGap {
  readonly userId: string;
  readonly kinds: readonly ('audio' | 'video')[];
  readonly cause: GapCause;
  readonly seconds: number;
  readonly spareS?: number;
}

/** One case of the bench, as data. */
export interface BenchCase {
  readonly name: string;
  readonly about: string;
  readonly anchors: readonly AnchorSetup[];
  /** How bad the recorder's way in is. */
  readonly network?: Partial<Impairment>;
  /** From when on it is how much longer: ms, until the end. */
  readonly longer?: { readonly atS: number; readonly delayMs: number };
  /** When nothing passes to or from the recorder, and for how long. */
  readonly cut?: { readonly atS: number; readonly forMs: number };
  readonly steps?: readonly Step[];
  /** What the timeline has to say is missing. */
  readonly gaps?: readonly WantedGap[];
  /** Lines that the job's log has to have, each once. */
  readonly log?: readonly RegExp[];
  /** Length of the capture. */
  readonly seconds: number;
}
