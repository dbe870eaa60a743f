import { sleep } from '@trtc-recorder/runtime';

/** Lets so many bytes a second pass, shared by all that ask; who comes too early waits. */
export class ByteRate {
  readonly #perMs: number;
  readonly #now: () => number;
  #freeAt = 0;

  constructor(bytesPerS: number, now = (): number => performance.now()) {
    this.#perMs = bytesPerS / 1000;
    this.#now = now;
  }

  /** Resolves when it is their turn; rejects with the signal's reason. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#now();
    const turn = Math.max(now, this.#freeAt);
    this.#freeAt = turn + bytes / this.#perMs;
    if (turn > now) await sleep(turn - now, signal);
  }
}
