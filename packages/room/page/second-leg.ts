import type { WireFrame } from '../src/wire.ts';

/** Numbers of the receivers' stand-ins begin here, above any real tap. */
export const FALLBACK_TAPS = 0x8000;

interface Run {
  readonly ssrc: number;
  /** From this arrival on the first leg has the frames, ms since the Unix epoch. */
  untilMs: number;
}

type Arrived = Pick<WireFrame, 'tap' | 'ssrc' | 'receivedAt'>;

/**
 * Keeps the second leg to where the first is silent. It is stopped some time after frames can be tapped again, and what
 * it encodes comes late: of what both have, the tapped frames are the sender's own, and exact in time.
 */
export class SecondLeg {
  readonly #runs = new Map<number, Run>();
  readonly #tappedAt = new Map<number, number>();

  /** A frame of the first leg came. */
  tapped({ tap, receivedAt }: Pick<Arrived, 'tap' | 'receivedAt'>): void {
    this.#tappedAt.set(tap, receivedAt);
    const run = this.#runs.get(FALLBACK_TAPS + tap);
    if (run?.untilMs === Infinity) run.untilMs = receivedAt;
  }

  /** Whether a frame of the second leg is needed. */
  needs({ tap, ssrc, receivedAt }: Arrived): boolean {
    let run = this.#runs.get(tap);
    if (run?.ssrc !== ssrc) {
      const tappedAt = this.#tappedAt.get(tap - FALLBACK_TAPS) ?? -Infinity;
      run = { ssrc, untilMs: tappedAt >= receivedAt ? receivedAt : Infinity };
      this.#runs.set(tap, run);
    }
    return receivedAt < run.untilMs;
  }
}
