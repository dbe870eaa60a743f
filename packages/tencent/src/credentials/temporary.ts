import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { Credentials, CredentialsProvider } from './credentials.ts';

export interface TemporaryCredentials extends Credentials {
  /** From when on Tencent refuses them, ms since the epoch; null when they don't expire. */
  readonly expiresAt: number | null;
}

/** One place where keys may come from. */
export interface CredentialsSource {
  /** For messages: `CVM role`, `TKE OIDC`… */
  readonly name: string;
  /** Fetches keys, within a time limit of its own. */
  fetch(): Promise<TemporaryCredentials>;
}

/** Keys are renewed this long before they expire, while the old ones serve on. */
const EARLY_MS = 5 * 60_000;
/** Keys this close to their end are not used for a request any more. */
const MARGIN_MS = 30_000;
/** Time between attempts to renew keys that still serve. */
const RETRY_MS = 10_000;

/**
 * Keeps fetched keys until they are due. One fetch at a time, whoever asks; a failure is told to those who wait for it
 * and is forgotten, so that the next request fetches again.
 */
export class RefreshingProvider implements CredentialsProvider {
  readonly renewable = true;
  readonly #source: CredentialsSource;
  readonly #now: () => number;
  readonly #logger: Logger;
  #current: TemporaryCredentials | undefined;
  #fetching: Promise<TemporaryCredentials> | undefined;
  #retryAt = 0;

  constructor(source: CredentialsSource, { now, logger }: { now: () => number; logger: Logger }) {
    this.#source = source;
    this.#now = now;
    this.#logger = logger;
  }

  async get(): Promise<Credentials> {
    const current = this.#current;
    if (current === undefined || this.#leftMs(current) <= MARGIN_MS) return this.#fetch();
    if (this.#leftMs(current) <= EARLY_MS && this.#now() >= this.#retryAt) this.#renewMeanwhile();
    return current;
  }

  /** Revoked, or expired by another clock. At most one fetch in a while, for keys that are refused whatever they are. */
  refused({ secretId }: Credentials): void {
    if (this.#current?.secretId !== secretId || this.#now() < this.#retryAt) return;
    this.#retryAt = this.#now() + RETRY_MS;
    this.#current = undefined;
  }

  #leftMs({ expiresAt }: TemporaryCredentials): number {
    return expiresAt === null ? Infinity : expiresAt - this.#now();
  }

  #fetch(): Promise<TemporaryCredentials> {
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchOnce(): Promise<TemporaryCredentials> {
    const fetched = await this.#source.fetch();
    if (this.#leftMs(fetched) <= 0)
      throw new AppError('CredentialsUnavailable', `${this.#source.name} gave keys that have expired`);
    this.#current = fetched;
    return fetched;
  }

  #renewMeanwhile(): void {
    this.#retryAt = this.#now() + RETRY_MS;
    this.#fetch().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'keys could not be renewed yet; the old ones still serve');
    });
  }
}
