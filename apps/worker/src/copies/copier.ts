import { decodeCopy, encodeCopy, SpoolGrowth } from '@trtc-recorder/media';
import { AppError, errorMessage, sleep, toAppError } from '@trtc-recorder/runtime';
import pRetry from 'p-retry';
import type { ByteRate } from './byte-rate.ts';
import type { CopyBucket } from './copy-bucket.ts';
import { copyKey, newSession } from './copy-key.ts';

/** What all copying of a worker shares: so much at once in memory, so much a second on the wire. */
export interface CopyLimits {
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly rate: ByteRate;
}

export interface CopierOptions {
  readonly spool: { readonly dir: string; readonly name: string };
  readonly bucket: (signal: AbortSignal) => CopyBucket;
  readonly limits: CopyLimits;
  readonly periodMs: number;
  /** The bucket has refused for good: whether copies go to another one from now on. */
  readonly move: () => Promise<boolean>;
  /** Another worker has the recording by now, or may have. */
  readonly handedOver: () => boolean;
  /** How it fares, for a person: only when that changes. */
  readonly tell: (line: string) => void;
}

/** Bytes of one object, and so what one copy holds in memory, twice. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
const RETRY = { retries: Infinity, minTimeout: 1_000, maxTimeout: 30_000, randomize: true } as const;

/**
 * Copies one spool in the background: every period one object with all that the spool has grown by. While the bucket
 * is away it tries again, and catches up afterwards; when it is refused for good, and there is no other place, it says so
 * and stops. Capture never waits for it, and nothing that goes wrong here reaches it.
 */
export class Copier {
  readonly #options: CopierOptions;
  readonly #stop = new AbortController();
  readonly #bucket: CopyBucket;
  #growth: SpoolGrowth;
  #session: string | undefined;
  /** The first copy of the spool, without which the others are of no use. */
  #first = '';
  #number = 0;
  #failing = false;
  readonly #closing = new AbortController();
  /** Resolves when nothing is copied any more: all is, or it was stopped, or refused. */
  readonly done: Promise<void>;

  constructor(options: CopierOptions) {
    this.#options = options;
    this.#growth = new SpoolGrowth(options.spool.dir);
    this.#bucket = options.bucket(this.#stop.signal);
    this.done = this.#run();
  }

  /**
   * Nothing more will be captured: what there is, is copied at once, and that is all. Waits for it up to `limitMs`, or
   * until the signal.
   */
  async finish(limitMs: number, signal?: AbortSignal): Promise<void> {
    this.#closing.abort();
    const waited = new AbortController();
    const enough = signal === undefined ? waited.signal : AbortSignal.any([waited.signal, signal]);
    await Promise.race([this.done, sleep(limitMs, enough).catch(() => undefined)]);
    waited.abort();
  }

  /** Breaks off. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('copying was stopped'));
    await this.done;
  }

  async #run(): Promise<void> {
    const { periodMs, tell } = this.#options;
    const { signal } = this.#stop;
    const early = AbortSignal.any([signal, this.#closing.signal]);
    try {
      for (let last = false; !last;) {
        await sleep(periodMs, early).catch(() => undefined);
        last = this.#closing.signal.aborted;
        while (await this.#copyOrMove()) signal.throwIfAborted();
      }
      await this.#removeOrphans();
    } catch (error) {
      if (!signal.aborted) tell(`the spool is not copied any more: ${errorMessage(error)}`);
    }
  }

  /** In another bucket it begins anew: what the old one has can't be read there either. */
  async #copyOrMove(): Promise<boolean> {
    const { move, spool, tell } = this.#options;
    try {
      return await this.#copyWithRetry();
    } catch (error) {
      if (!isRefused(error) || !(await move().catch(() => false))) throw error;
      tell(`the spool is copied from its beginning to the recording's new bucket: ${errorMessage(error)}`);
    }
    this.#growth = new SpoolGrowth(spool.dir);
    this.#session = undefined;
    this.#number = 0;
    this.#failing = false;
    return true;
  }

  #copyWithRetry(): Promise<boolean> {
    const { limits, tell } = this.#options;
    const attempt = () =>
      limits
        .inTurn(() => this.#copy())
        .catch((error: unknown) => {
          throw toAppError(error);
        });
    return pRetry(attempt, {
      ...RETRY,
      signal: this.#stop.signal,
      shouldRetry: ({ error }) => toAppError(error).retryable,
      onFailedAttempt: ({ error }) => {
        if (!this.#failing && toAppError(error).retryable)
          tell(`the spool cannot be copied now, the capture goes on: ${error.message}`);
        this.#failing = true;
      },
    });
  }

  /** One copy, if there is anything to copy; whether there is more. */
  async #copy(): Promise<boolean> {
    const { limits, spool, tell } = this.#options;
    // A capture that is over is copied although nobody sent anything: that there is nothing has to be known elsewhere.
    if (this.#session === undefined && !this.#closing.signal.aborted && !(await this.#growth.begun())) return false;
    this.#session ??= await this.#begin();
    const grown = await this.#growth.next(MAX_OBJECT_BYTES);
    if (grown === undefined) return false;
    const body = encodeCopy(grown);
    await limits.rate.pass(body.length, this.#stop.signal);
    const key = copyKey(spool.name, this.#session, this.#number + 1);
    await this.#bucket.put(key, body);
    if (this.#number === 0) await this.#assertReadable(key, body);
    this.#number += 1;
    this.#growth.stored(grown);
    if (this.#failing) tell('the spool is copied again');
    this.#failing = false;
    return grown.more;
  }

  /**
   * The worker that went on has perhaps delivered meanwhile, and removed the copies: what was copied after that nobody
   * would remove any more. Best effort, as there is a lifecycle rule.
   */
  async #removeOrphans(): Promise<void> {
    if (!this.#options.handedOver() || this.#session === undefined) return;
    const spool = `${this.#options.spool.name}/`;
    try {
      const left = await this.#bucket.list(spool);
      if (left.includes(this.#first)) return;
      const own = left.filter((key) => key.startsWith(`${spool}${this.#session}-`));
      if (own.length > 0) await this.#bucket.remove(own);
    } catch {
      // Nothing is lost by it.
    }
  }

  /** Goes on where an earlier copying of this spool, by a worker that died, had got to. */
  async #begin(): Promise<string> {
    const { spool } = this.#options;
    const copies = await this.#bucket.list(`${spool.name}/`);
    const last = copies.at(-1);
    const object = last === undefined ? null : await this.#bucket.get(last);
    if (object !== null) this.#growth = await SpoolGrowth.after(spool.dir, decodeCopy(object));
    const session = newSession(Date.now(), last);
    this.#first = copies[0] ?? copyKey(spool.name, session, 1);
    return session;
  }

  /** Copies that cannot be read are of no use: keys that may only write are found out with the first one. */
  async #assertReadable(key: string, body: Buffer): Promise<void> {
    const object = await this.#bucket.get(key);
    if (object === null || !object.equals(body))
      throw new AppError('CosDigestMismatch', 'a copy of the spool is not stored as it was sent');
  }
}

/** By the bucket, not by this disk. */
const isRefused = (error: unknown): boolean => toAppError(error).code.startsWith('Cos');
