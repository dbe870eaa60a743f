import { RecordingStatusSchema, type RecordingRequest, type RecordingStatus } from '@trtc-recorder/contracts';

/** A caller of the API: what an application that submits recordings does, and no more. */
export interface ApiClient {
  /** Submits by the native route. Throws with the API's answer when it refuses. */
  submit(request: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<string>;
  status(requestId: string): Promise<RecordingStatus>;
  stop(requestId: string): Promise<void>;
  logs(requestId: string): Promise<string[]>;
}

export type RequestBody = Partial<RecordingRequest>;

const LIMIT_MS = 10_000;

export function apiClient(apiUrl: string): ApiClient {
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${apiUrl}${path}`, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  const recording = (requestId: string) => `/v1/recordings/${encodeURIComponent(requestId)}`;
  return {
    submit: async (request, headers = {}) => {
      const answer = await call('/v1/recordings', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(request),
      });
      return (answer as { RequestId: string }).RequestId;
    },
    status: async (requestId) => RecordingStatusSchema.parse(await call(recording(requestId))),
    stop: async (requestId) => {
      await call(`${recording(requestId)}/stop`, { method: 'POST' });
    },
    logs: async (requestId) => ((await call(`${recording(requestId)}/logs`)) as { Lines: string[] }).Lines,
  };
}
