import COS from 'cos-nodejs-sdk-v5';
import type { Agent, ClientRequest } from 'node:http';
import { AppError, createAgent, errorMessage, retryAfterMs, type ProxySettings } from '@trtc-recorder/runtime';
import type { Credentials, CredentialsProvider } from '../credentials/credentials.ts';
import { blamesKeys, restingError, toCosError } from './cos-error.ts';
import type { Pace } from './pace.ts';
import { ProgressWatch } from './progress-watch.ts';

/** Where requests go instead of the real COS; the Host header and so the signature stay as they would be. */
export interface CosEndpoint {
  /** `host:port`. */
  readonly ip: string;
  readonly protocol: 'http:' | 'https:';
}

export interface SessionOptions {
  readonly endpoint?: CosEndpoint | null | undefined;
  /** For the way to the real COS; left out: none. */
  readonly proxy?: ProxySettings | undefined;
  readonly pace: Pace;
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

/** Silence after a question without a body, ms: it is answered at once, or the bucket is out of reach. */
const ASK_WITHIN_MS = 30_000;
/** Until a connection stands, ms; over a line that is full of our own uploads, packets take seconds. */
const CONNECT_WITHIN_MS = 30_000;
/** The longest Retry-After that is waited for, ms. */
const MAX_REST_MS = 3_600_000;

/** Seconds a signature lives; COS looks at it when the request begins. */
const SIGNATURE_SECONDS = 7200;

/**
 * One piece of work with a bucket over connections of its own, so that they can be cut when the work is cancelled, a
 * request is silent for too long, or one of several parallel requests has failed: the SDK itself cannot stop a request.
 */
export class CosSession {
  readonly #options: SessionOptions;
  readonly #cos: COS;
  readonly #agent: Agent;
  readonly #watch: ProgressWatch;
  readonly #closing = new AbortController();
  readonly #unlink: () => void;
  #credentialsError: AppError | undefined;
  #lastKeys: Credentials | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { endpoint, proxy, pace } = options;
    this.#watch = new ProgressWatch((what, ms) => this.#close(silentError(what, ms)));
    this.#agent = createAgent(endpoint?.protocol ?? 'https:', {
      keepAlive: true,
      connectTimeoutMs: Math.min(CONNECT_WITHIN_MS, pace.silenceMs),
      // The environment's proxy is for the way out, not for an endpoint that was named.
      proxy: endpoint ? undefined : proxy,
      onRequest: (request) => this.#observe(request),
    });
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
  async call<T>(operation: string, run: (cos: COS, target: Target) => Promise<T>): Promise<T> {
    const { bucket, region, credentials, pace } = this.#options;
    this.#closing.signal.throwIfAborted();
    const watched = this.#watch.work(operation, pace.silenceMs);
    try {
      this.#throwIfResting();
      return await this.#unlessClosed(run(this.#cos, { Bucket: bucket, Region: region }));
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      const cause = this.#credentialsError ?? error;
      const explained = toCosError(cause, { operation, bucket, region, renewable: credentials.renewable });
      if (this.#lastKeys !== undefined && blamesKeys(explained)) credentials.refused?.(this.#lastKeys);
      throw pace.restMs > 0 ? restingError(explained, pace.restMs) : explained;
    } finally {
      watched();
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

  #observe(request: ClientRequest): void {
    const { silenceMs } = this.#options.pace;
    const asks = request.method === 'GET' || request.method === 'HEAD';
    this.#watch.request(request, asks ? Math.min(silenceMs, ASK_WITHIN_MS) : silenceMs);
    request.on('response', ({ statusCode, headers }) => {
      const ms = statusCode === 503 || statusCode === 429 ? retryAfterMs(headers, MAX_REST_MS) : undefined;
      if (ms !== undefined) this.#options.pace.rest(ms);
    });
  }

  /** Also ends the SDK's own repetitions, which come without a pause. */
  #throwIfResting(): void {
    if (this.#options.pace.restMs > 0) throw new AppError('CosUnavailable', 'COS is busy');
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
    const { endpoint } = this.#options;
    const cos = new COS({
      ...(endpoint ? { Ip: endpoint.ip, Protocol: endpoint.protocol } : { Protocol: 'https:' as const }),
      // Its own limit takes what the kernel still has to send for silence.
      Timeout: 0,
      AutoSwitchHost: false,
      getAuthorization: (request, callback) => void this.#authorize(request, callback),
    });
    cos.on('before-send', (request: OutgoingRequest) => {
      request.agent = this.#agent;
      // The agent sees to it.
      request.proxy = null;
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
      this.#throwIfResting();
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

const silentError = (what: string, ms: number) =>
  new AppError('CosUnavailable', `${what}: nothing went to COS or came from it within ${ms} ms`, {
    details: { brokeOff: true, silent: true },
  });

const noCredentials = (cause: unknown) =>
  new AppError('CredentialsUnavailable', `no keys for COS: ${errorMessage(cause)}`, { cause });
