import type { RoomBrowser } from '@trtc-recorder/room';
import type { Logger } from '@trtc-recorder/runtime';
import type { Rooms } from './ports.ts';

/**
 * The worker's one browser, replaced when it dies: the recordings that were in it begin a new take and find the
 * replacement here. Launches are shared by all who wait for one.
 */
export class Browsers implements Rooms {
  readonly #launch: () => Promise<RoomBrowser>;
  readonly #logger: Logger;
  #current: Promise<RoomBrowser> | null = null;
  #closed = false;

  constructor(launch: () => Promise<RoomBrowser>, logger: Logger) {
    this.#launch = launch;
    this.#logger = logger;
  }

  /** Starts the browser now, so that a worker without a usable one says so at its start. */
  async start(): Promise<void> {
    await this.#browser();
  }

  join: Rooms['join'] = async (params, listener, signal) => {
    const browser = await this.#browser();
    return browser.join(params, listener, signal);
  };

  async close(): Promise<void> {
    this.#closed = true;
    const browser = await this.#current?.catch(() => null);
    await browser?.close();
  }

  async #browser(): Promise<RoomBrowser> {
    const seen = this.#current;
    const browser = await seen?.catch(() => null);
    if (browser?.alive === true) return browser;
    // Whoever waited for the same dead browser may have launched already.
    if (this.#current === seen || this.#current === null) this.#current = this.#begin();
    return this.#current;
  }

  async #begin(): Promise<RoomBrowser> {
    if (this.#closed) throw new Error('the worker is stopping');
    const browser = await this.#launch();
    browser.onGone((error) => this.#logger.error({ err: error }, 'the browser died; it is replaced at the next join'));
    return browser;
  }
}
