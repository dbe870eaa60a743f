import type { RoomBrowser } from '@trtc-recorder/room';
import type { Logger } from '@trtc-recorder/runtime';

/**
 * Where browsers come from: one is kept ready, because a start takes a second on an idle machine and many on a busy
 * one, and that is when browsers die. It costs memory (docs/configuration.md, SPARE_BROWSER).
 */
export class BrowserSupply {
  readonly #launch: () => Promise<RoomBrowser>;
  readonly #logger: Logger;
  readonly #keepsSpare: boolean;
  #spare: Promise<RoomBrowser | null> | null = null;
  #closed = false;

  constructor(launch: () => Promise<RoomBrowser>, { logger, spare }: { logger: Logger; spare: boolean }) {
    this.#launch = launch;
    this.#logger = logger;
    this.#keepsSpare = spare;
  }

  /** The spare one, or one that starts now. Errors: those of the launch. */
  async take(): Promise<RoomBrowser> {
    if (this.#closed) throw new Error('the worker is stopping');
    const spare = this.#spare;
    this.#spare = null;
    const ready = await spare;
    return ready?.alive === true ? ready : this.#launch();
  }

  /** Starts the next spare one in the background, when there is none. */
  refill(): void {
    if (this.#closed || !this.#keepsSpare) return;
    this.#spare ??= this.#launch().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'no spare browser could be started');
      this.#spare = null;
      return null;
    });
  }

  /** Starts one now, to know whether that is possible; it becomes the spare one. Errors: those of the launch. */
  async prove(): Promise<void> {
    if (this.#closed) return;
    const browser = await this.#launch();
    if (this.#takesSpare()) this.#spare = Promise.resolve(browser);
    else await browser.close();
  }

  #takesSpare(): boolean {
    return this.#keepsSpare && !this.#closed && this.#spare === null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const spare = await this.#spare;
    await spare?.close();
  }
}
