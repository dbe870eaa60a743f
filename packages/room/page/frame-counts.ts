import type { TapCount } from './worker-protocol.ts';

/** Senders of a receiver that are counted one by one. A receiver changes its sender at each subscription. */
const KEPT_SENDERS = 4;

/** Counts the frames that come out of each receiver, of each sender. */
export class FrameCounts {
  /** By receiver and SSRC, the latest sender last. */
  readonly #senders = new Map<number, Map<number, number>>();
  readonly #totals = new Map<number, number>();
  readonly #latest = new Map<number, number>();

  /** Whether the frame begins another run: its sender isn't that of the frame before. */
  add(tap: number, ssrc: number): boolean {
    const isNew = this.#latest.get(tap) !== ssrc;
    this.#latest.set(tap, ssrc);
    this.#totals.set(tap, (this.#totals.get(tap) ?? 0) + 1);
    let senders = this.#senders.get(tap);
    if (senders === undefined) this.#senders.set(tap, (senders = new Map<number, number>()));
    const frames = senders.get(ssrc) ?? 0;
    if (isNew) senders.delete(ssrc);
    senders.set(ssrc, frames + 1);
    const [oldest] = senders.keys();
    if (senders.size > KEPT_SENDERS && oldest !== undefined) senders.delete(oldest);
    return isNew;
  }

  get all(): TapCount[] {
    return Array.from(this.#latest, ([tap, ssrc]) => ({
      tap,
      ssrc,
      frames: this.#totals.get(tap) ?? 0,
      senders: Array.from(this.#senders.get(tap) ?? [], ([sender, frames]) => ({ ssrc: sender, frames })),
    }));
  }
}
