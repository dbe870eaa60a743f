import { createAgent, errorMessage, retryAfterMs, type ProxySettings } from '@trtc-recorder/runtime';
import type { Credentials } from './credentials/credentials.ts';

/** A failed call of the TencentCloud API 3.0. */
export class CloudApiFailure extends Error {
  override readonly name = 'CloudApiFailure';
  /** Tencent's code, such as `FailedOperation.RoomNotExist`; empty when no answer of the API came. */
  readonly code: string;
  readonly requestId: string;

  constructor(message: string, { code, requestId, cause }: { code: string; requestId: string; cause: unknown }) {
    super(message, { cause });
    this.code = code;
    this.requestId = requestId;
  }

  /** Whether the same call may succeed later: no answer, Tencent's own fault, or too many calls. */
  get passing(): boolean {
    return this.code === '' || /^(InternalError|RequestLimitExceeded|LimitExceeded\.Frequency)/.test(this.code);
  }
}

export interface CloudApiOptions {
  /** `trtc`, `sts`… */
  readonly service: string;
  readonly version: string;
  readonly region: string;
  /** `host` or `host:port` instead of the service's own. */
  readonly endpoint?: string | undefined;
  readonly protocol?: 'http://' | 'https://' | undefined;
  /** Time limit of a call, ms. */
  readonly timeoutMs: number;
  /** Left out: none. */
  readonly proxy?: ProxySettings | undefined;
}

/** The longest Retry-After that is waited for, ms. */
const MAX_REST_MS = 3_600_000;

/** Calls an action; with null for credentials, unsigned. Error: CloudApiFailure. */
export type CloudApi = <T>(action: string, parameters: object, credentials: Credentials | null) => Promise<T>;

/**
 * Calls of the TencentCloud API 3.0 by the official SDK. The SDK is loaded with the first call, and of its 58 MB only
 * the client that all services share.
 */
export function createCloudApi(options: CloudApiOptions): CloudApi {
  const { service, version, region, endpoint, protocol = 'https://', timeoutMs, proxy } = options;
  const host = `${service}.tencentcloudapi.com`;
  let restsUntil = 0;
  // Without an agent, the SDK takes the environment's http_proxy, whatever NO_PROXY says: even for loopback.
  const agent = createAgent(protocol === 'http://' ? 'http:' : 'https:', {
    connectTimeoutMs: timeoutMs,
    proxy,
    onRequest: (request) =>
      request.on('response', ({ statusCode, headers }) => {
        const ms = statusCode === 429 || statusCode === 503 ? retryAfterMs(headers, MAX_REST_MS) : undefined;
        if (ms !== undefined) restsUntil = performance.now() + ms;
      }),
  });
  const httpProfile = { endpoint: endpoint ?? host, protocol, reqTimeout: timeoutMs / 1000, agent };
  return async <T>(action: string, parameters: object, credentials: Credentials | null): Promise<T> => {
    const restMs = restsUntil - performance.now();
    if (restMs > 0) throw resting(host, restMs);
    const { CommonClient } = await import('tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js');
    const { secretId = '', secretKey = '', sessionToken } = credentials ?? {};
    const credential = { secretId, secretKey, ...(sessionToken ? { token: sessionToken } : {}) };
    const client = new CommonClient(host, version, { credential, region, profile: { httpProfile } });
    try {
      return (await client.request(action, parameters, { skipSign: credentials === null })) as T;
    } catch (error) {
      throw toFailure(error);
    }
  };
}

const resting = (host: string, ms: number): CloudApiFailure => {
  const message = `${host} asks to be left alone for ${Math.ceil(ms / 1000)} s`;
  return new CloudApiFailure(message, { code: '', requestId: '', cause: undefined });
};

/** The SDK throws its own exception, or whatever its HTTP library threw when the answer was no JSON. */
function toFailure(error: unknown): CloudApiFailure {
  const fields = error as { code?: unknown; requestId?: unknown; httpCode?: unknown };
  const answered = error instanceof Error && error.constructor.name === 'TencentCloudSDKHttpException';
  const code = answered && typeof fields.code === 'string' ? fields.code : '';
  const requestId = typeof fields.requestId === 'string' ? fields.requestId : '';
  const status = typeof fields.httpCode === 'number' ? `HTTP ${fields.httpCode} ` : '';
  return new CloudApiFailure(`${status}${errorMessage(error)}`.trim(), { code, requestId, cause: error });
}
