import { sleep } from '@trtc-recorder/runtime';

/** Wakes one who sleeps, or who is about to: once for each time it is rung. */
export class Wake {
  #rung = new AbortController();

  ring(): void {
    this.#rung.abort();
  }

  /** Sleeps for `ms`, or until it is rung, or until `signal`; never rejects. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const rung = this.#rung;
    await sleep(ms, AbortSignal.any([rung.signal, signal])).catch(() => undefined);
    // What was rung has been heard: who slept may find nothing to do, and sleep again.
    if (rung.signal.aborted) this.#rung = new AbortController();
  }
}
