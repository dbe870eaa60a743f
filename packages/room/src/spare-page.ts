import type { Logger } from '@trtc-recorder/runtime';
import { openPage, type HostedPage, type PageMakers } from './page-host.ts';

/** `WebSocket.OPEN`. */
const OPEN = 1;

/**
 * Keeps one page open in which the SDK is loaded and nothing happens yet: a join that finds it saves the time of a
 * renderer's start and of a megabyte of script, which is most of what a hand-over takes. It costs about 50 MB.
 */
export class SparePage {
  readonly #makers: PageMakers;
  readonly #logger: Logger;
  #spare: HostedPage | undefined;
  #preparing = false;
  #closed = false;

  constructor(makers: PageMakers) {
    this.#makers = makers;
    this.#logger = makers.logger;
  }

  /** The page kept ready, if it is still good; whoever takes it closes it. */
  take(): HostedPage | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined || spare.socket.readyState === OPEN) return spare;
    void spare.close();
    return undefined;
  }

  /** Opens the next one in the background. `onFailure`: the browser opened none. */
  prepare(onFailure: () => void): void {
    if (this.#closed || this.#preparing || this.#spare !== undefined) return;
    this.#preparing = true;
    openPage(this.#makers, undefined)
      .then((page) => {
        if (this.#closed) void page.close();
        else this.#spare = page;
      })
      .catch((error: unknown) => {
        if (this.#closed) return;
        this.#logger.warn({ err: error }, 'the browser opened no page to keep ready');
        onFailure();
      })
      .finally(() => {
        this.#preparing = false;
      });
  }

  close(): void {
    this.#closed = true;
    void this.#spare?.close();
    this.#spare = undefined;
  }
}
