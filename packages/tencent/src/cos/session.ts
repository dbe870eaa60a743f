import COS from 'cos-nodejs-sdk-v5';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AppError, errorMessage } from '@trtc-recorder/runtime';
import type { Credentials, CredentialsProvider } from '../credentials/credentials.ts';
import { blamesKeys, toCosError } from './cos-error.ts';

/** Where requests go instead of the real COS; the Host header and so the signature stay as they would be. */
export interface CosEndpoint {
  /** `host:port`. */
  readonly ip: string;
  readonly protocol: 'http:' | 'https:';
}

export interface SessionOptions {
  readonly endpoint?: CosEndpoint | null | undefined;
  /** Time limit of one request with the SDK's own repetitions of it, ms. */
  readonly requestTimeoutMs: number;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: CredentialsProvider;
  readonly signal?: AbortSignal | undefined;
}

/** What the SDK's calls need to know of the object; its methods take it with the rest of their parameters. */
export interface Target {
  readonly Bucket: string;
  readonly Region: string;
}

/** The options of a request as the SDK hands them to its `before-send` listeners. */
interface OutgoingRequest {
  agent?: unknown;
  proxy?: unknown;
}

/** What the SDK takes from `getAuthorization`, by its source: a finished signature with its token. Its types ask for more. */
type SignedAnswer = Pick<COS.Credentials, 'Authorization' | 'SecurityToken'>;

/** A question without a body is answered at once, or the bucket is out of reach, ms. */
export const ASK_WITHIN_MS = 30_000;

/** Seconds a signature lives: longer than any time limit of a request. */
const SIGNATURE_SECONDS = 7200;

/**
 * One piece of work with a bucket over connections of its own, so that they can be cut when the work is cancelled, a
 * request is over its time, or one of several parallel requests has failed: the SDK itself cannot stop a request.
 */
export class CosSession {
  readonly #options: SessionOptions;
  readonly #cos: COS;
  readonly #agent: HttpAgent;
  readonly #closing = new AbortController();
  readonly #unlink: () => void;
  #credentialsError: AppError | undefined;
  #lastKeys: Credentials | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#agent =
      options.endpoint?.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
    this.#cos = this.#createClient();
    const { signal } = options;
    const abort = () => this.#close(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#unlink = () => signal?.removeEventListener('abort', abort);
    if (signal?.aborted === true) abort();
  }

  /**
   * Makes one call of the SDK. Errors: the catalogue's Cos* and CredentialsUnavailable; the signal's reason when the
   * work was cancelled.
   */
  async call<T>(
    operation: string,
    run: (cos: COS, target: Target) => Promise<T>,
    limitMs = this.#options.requestTimeoutMs,
  ): Promise<T> {
    const { bucket, region, credentials, requestTimeoutMs } = this.#options;
    this.#closing.signal.throwIfAborted();
    const withinMs = Math.min(limitMs, requestTimeoutMs);
    const overdue = setTimeout(() => this.#close(overdueError(operation, withinMs)), withinMs);
    try {
      return await this.#unlessClosed(run(this.#cos, { Bucket: bucket, Region: region }));
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      const cause = this.#credentialsError ?? error;
      const explained = toCosError(cause, { operation, bucket, region, renewable: credentials.renewable });
      if (this.#lastKeys !== undefined && blamesKeys(explained)) credentials.refused?.(this.#lastKeys);
      throw explained;
    } finally {
      clearTimeout(overdue);
    }
  }

  /** Throws the reason for which the work ended, if it has. */
  throwIfClosed(): void {
    this.#closing.signal.throwIfAborted();
  }

  /** Ends the work: what is still under way fails with `reason`. */
  close(reason?: unknown): void {
    this.#unlink();
    this.#close(reason ?? new Error('the COS session is closed'));
  }

  #close(reason: unknown): void {
    this.#closing.abort(reason);
    this.#agent.destroy();
  }

  /** The SDK may never call back once its connection is gone: waiting ends with the session in any case. */
  #unlessClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  #createClient(): COS {
    const { endpoint, requestTimeoutMs } = this.#options;
    const cos = new COS({
      ...(endpoint ? { Ip: endpoint.ip, Protocol: endpoint.protocol } : { Protocol: 'https:' as const }),
      Timeout: requestTimeoutMs,
      AutoSwitchHost: false,
      getAuthorization: (request, callback) => void this.#authorize(request, callback),
    });
    cos.on('before-send', (request: OutgoingRequest) => {
      request.agent = this.#agent;
      // The environment's proxy is for the way out, not for an endpoint that was named.
      if (endpoint) request.proxy = null;
    });
    return cos;
  }

  /**
   * Signs one request. The SDK offers no way to say that there are no keys, and waits for ever if it isn't called back:
   * an empty answer makes it fail, and the reason is kept for `call`. The same ends its repetitions after closing.
   */
  async #authorize(
    request: COS.GetAuthorizationOptions,
    callback: (answer: COS.GetAuthorizationCallbackParams) => void,
  ): Promise<void> {
    try {
      this.#closing.signal.throwIfAborted();
      this.#lastKeys = await this.#options.credentials.get();
      const { secretId, secretKey, sessionToken } = this.#lastKeys;
      const { Method, Pathname, Query, Headers, SystemClockOffset } = request;
      const signed = { Method, Pathname, Query, Headers, SystemClockOffset, Expires: SIGNATURE_SECONDS };
      const answer: SignedAnswer = {
        Authorization: COS.getAuthorization({ SecretId: secretId, SecretKey: secretKey, ...signed }),
        ...(sessionToken ? { SecurityToken: sessionToken } : {}),
      };
      this.#credentialsError = undefined;
      callback(answer as COS.Credentials);
    } catch (error) {
      this.#credentialsError = error instanceof AppError ? error : noCredentials(error);
      callback({} as COS.Credentials);
    }
  }
}

const overdueError = (operation: string, withinMs: number) =>
  new AppError('CosUnavailable', `COS did not complete ${operation} within ${withinMs} ms`);

const noCredentials = (cause: unknown) =>
  new AppError('CredentialsUnavailable', `no keys for COS: ${errorMessage(cause)}`, { cause });
