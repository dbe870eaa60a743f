import type { WireFrame } from '../src/wire.ts';
import { now } from './clock.ts';
import type { Encode } from './encode.ts';
import { encodeAudio } from './fallback-audio.ts';
import { encodeVideo } from './fallback-video.ts';
import { keyOf, type Track } from './roster.ts';
import { FALLBACK_TAPS } from './second-leg.ts';
import type { Tap } from './tap-registry.ts';
import { playoutDelay } from './tap-stats.ts';

export interface FallbackPorts {
  frame(frame: WireFrame): void;
  owner(run: { readonly tap: number; readonly ssrc: number; readonly track: Track }): void;
  /** Nothing more comes of what was started, though nobody stopped it. */
  ended(track: Track): void;
  note(message: string): void;
}

type Encoders = Readonly<Record<Tap['kind'], Encode>>;

const TICKS_PER_US = { opus: 48 / 1000, h264: 90 / 1000 };

/**
 * The second leg of capture, for a receiver whose tap stays silent: it encodes anew what the SDK plays, and its frames
 * look like tapped ones. Dearer and once more lossy, but never empty. Its times are those of arrival as well as they
 * can be told: the moment of playing less what the jitter buffer held.
 */
export class Fallback {
  readonly #ports: FallbackPorts;
  readonly #encoders: Encoders;
  readonly #running = new Map<string, AbortController>();
  #runs = 0;

  constructor(ports: FallbackPorts, encoders: Encoders = { audio: encodeAudio, video: encodeVideo }) {
    this.#ports = ports;
    this.#encoders = encoders;
  }

  start(track: Track, tap: Tap): void {
    if (this.#running.has(keyOf(track))) return;
    const controller = new AbortController();
    this.#running.set(keyOf(track), controller);
    this.#runs += 1;
    const run = { tap: FALLBACK_TAPS + tap.tap, ssrc: this.#runs };
    this.#ports.owner({ ...run, track });
    this.#record(tap, run, controller.signal).then(
      () => this.#ended(track, controller),
      (error: unknown) => this.#ended(track, controller, String(error)),
    );
  }

  stop(track: Track): void {
    this.#running.get(keyOf(track))?.abort();
    this.#running.delete(keyOf(track));
  }

  /** A run that was stopped says nothing about the track any more: another one may have been begun since. */
  #ended(track: Track, controller: AbortController, failure?: string): void {
    if (controller.signal.aborted) return;
    this.stop(track);
    if (failure !== undefined) this.#ports.note(`${keyOf(track)}: cannot be re-encoded: ${failure}`);
    this.#ports.ended(track);
  }

  async #record(tap: Tap, run: { tap: number; ssrc: number }, signal: AbortSignal): Promise<void> {
    const arrivals = new Map<number, number>();
    let delay = await playoutDelay(tap.receiver);
    if (signal.aborted) return;
    const timer = setInterval(() => {
      void playoutDelay(tap.receiver).then((measured) => (delay = measured));
    }, 2000);
    let sequenceNumber = 0;
    const source = tap.receiver.track.clone();
    try {
      await this.#encoders[tap.kind](source, {
        signal,
        onInput: (mediaTime) => arrivals.set(mediaTime, now() - delay),
        onEncoded: ({ mediaTime, ...encoded }) => {
          sequenceNumber = (sequenceNumber + 1) & 0xffff;
          this.#ports.frame({
            ...run,
            ...encoded,
            rtpTimestamp: Math.round(mediaTime * TICKS_PER_US[encoded.codec]) >>> 0,
            receivedAt: takeArrival(arrivals, mediaTime) ?? now() - delay,
            sequenceNumber: tap.kind === 'audio' ? sequenceNumber : undefined,
          });
        },
      });
    } finally {
      clearInterval(timer);
      source.stop();
    }
  }
}

/** The arrival noted for the latest input up to this media time; older ones are forgotten. */
function takeArrival(arrivals: Map<number, number>, mediaTime: number): number | undefined {
  let arrival: number | undefined;
  for (const [time, at] of arrivals) {
    if (time > mediaTime) break;
    arrival = at;
    arrivals.delete(time);
  }
  return arrival;
}
