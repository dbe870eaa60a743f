/**
 * A worker that stood still for this long with its pages may have lost its recordings: a job's lock lasts 10 s, and is
 * renewed every 5 s.
 */
const STOOD_STILL_MS = 4_000;
/** The worker knows by then whether it still has them. */
const DOUBT_MS = 15_000;
const TICK_MS = 500;

/**
 * Keeps a page that stood still from taking its room back. Meanwhile another worker may have joined as the same user; a
 * connection made anew by the SDK, which knows nothing of it, would take that user over from it, and the leaving that
 * follows would throw it out, without a word to either. The page is given up instead: whether the room is joined once
 * more is decided where it is known whose the recording is.
 */
export class ReconnectGuard {
  readonly #onRefused: (why: string) => void;
  #seenAt = Number.POSITIVE_INFINITY;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #stillMs = 0;

  constructor(onRefused: (why: string) => void) {
    this.#onRefused = onRefused;
  }

  /** Has to run before the SDK is loaded. */
  install(scope: { WebSocket: typeof WebSocket }): void {
    const mayConnect = (): boolean => this.#mayConnect();
    const Native = scope.WebSocket;
    scope.WebSocket = class GuardedWebSocket extends Native {
      constructor(url: string | URL, protocols?: string | string[]) {
        if (!mayConnect()) throw new DOMException('this page may be connected no more', 'AbortError');
        super(url, protocols);
      }
    };
  }

  /** From now on, with the room joined. */
  start(): void {
    this.#look();
    setInterval(() => this.#look(), TICK_MS);
  }

  #mayConnect(): boolean {
    this.#look();
    if (Date.now() - this.#wokeAt > DOUBT_MS) return true;
    this.#onRefused(`it stood still for ${Math.round(this.#stillMs / 100) / 10} s and lost the room's server`);
    return false;
  }

  #look(): void {
    const now = Date.now();
    if (now - this.#seenAt >= STOOD_STILL_MS) {
      this.#stillMs = now - this.#seenAt;
      this.#wokeAt = now;
    }
    this.#seenAt = now;
  }
}
