import type { NamedSection } from './named-ssrcs.ts';
import type { Tap } from './tap-registry.ts';
import type { Reception } from './tap-suspicion.ts';

const LOOK_MS = 250;
/** Packets of a video arrive for this long without its first frame: a part of its key frame is late or lost. */
const STUCK_MS = 500;
/** Until one comes it is asked for again, after waits that double up to this. */
const LONGEST_WAIT_MS = 30_000;

export interface FirstKeyFramePorts {
  /** What a receiver got under these SSRCs. */
  reception(tap: Tap, section: NamedSection): Promise<Reception>;
  requestKeyFrame(tap: Tap): void;
  /** No frame can be made of the packets that have arrived since then (ms since the Unix epoch). */
  stuck(tap: Tap, since: number): void;
  now(): number;
}

interface Waiting {
  readonly section: NamedSection;
  arrivingSince: number | undefined;
  askAt: number;
  waitMs: number;
}

/**
 * Asks for a key frame where a video's first one doesn't come together. Chromium drops a key frame whose parameter sets
 * come after it, and then no frame is tapped until the next one, so that nothing after the tap can ask for it.
 */
export class FirstKeyFrame {
  readonly #ports: FirstKeyFramePorts;
  readonly #waiting = new Map<Tap, Waiting>();

  constructor(ports: FirstKeyFramePorts) {
    this.#ports = ports;
  }

  startTimer(): void {
    setInterval(() => void this.look().catch(() => undefined), LOOK_MS);
  }

  /** The receiver delivers this from now on. */
  bound(tap: Tap, section: NamedSection): void {
    this.done(tap);
    const delivers = section.ssrcs === 'any' || section.ssrcs.size > 0;
    if (tap.kind === 'video' && delivers)
      this.#waiting.set(tap, { section, arrivingSince: undefined, askAt: 0, waitMs: 1000 });
  }

  /** A frame came, or the receiver is let go. */
  done(tap: Tap): void {
    this.#waiting.delete(tap);
  }

  async look(): Promise<void> {
    await Promise.all(Array.from(this.#waiting, ([tap, waiting]) => this.#look(tap, waiting)));
  }

  async #look(tap: Tap, waiting: Waiting): Promise<void> {
    const { packets, played } = await this.#ports.reception(tap, waiting.section);
    const now = this.#ports.now();
    // What the decoder gets has come together: then it is the tap that brings nothing.
    if (packets === 0 || played > 0 || this.#waiting.get(tap) !== waiting) return;
    waiting.arrivingSince ??= now;
    if (now - waiting.arrivingSince < STUCK_MS) return;
    this.#ports.stuck(tap, waiting.arrivingSince);
    if (now < waiting.askAt) return;
    this.#ports.requestKeyFrame(tap);
    waiting.askAt = now + waiting.waitMs;
    waiting.waitMs = Math.min(LONGEST_WAIT_MS, waiting.waitMs * 2);
  }
}
