import type { Take } from '@trtc-recorder/media';
import type { WorkerInstruments } from './catalogue.ts';

type Captured = Pick<WorkerInstruments, 'takes' | 'frames' | 'bytes'>;

/** Counts what the takes take in. It asks them at each scrape, so that a frame costs nothing more. */
export class CaptureMeter {
  readonly #captured: Captured;
  readonly #open = new Map<Take, { frames: number; bytes: number }>();

  constructor(captured: Captured) {
    this.#captured = captured;
  }

  /** The take itself, watched until it is closed. */
  watch(take: Take): Take {
    this.#captured.takes.inc();
    this.#open.set(take, { frames: 0, bytes: 0 });
    return {
      number: take.number,
      frame: (frame) => take.frame(frame),
      event: (event) => take.event(event),
      stats: () => take.stats(),
      ended: (ending) => take.ended(ending),
      close: async (reason) => {
        await take.close(reason);
        this.#count(take);
        this.#open.delete(take);
      },
    };
  }

  /** Counts what came since the last time. */
  read(): void {
    for (const take of this.#open.keys()) this.#count(take);
  }

  #count(take: Take): void {
    const counted = this.#open.get(take);
    if (counted === undefined) return;
    const { frames, bytes } = take.stats();
    this.#captured.frames.inc(frames - counted.frames);
    this.#captured.bytes.inc(bytes - counted.bytes);
    this.#open.set(take, { frames, bytes });
  }
}
