import path from 'node:path';
import type { RecordingResult, ResultFile } from '@trtc-recorder/contracts';
import { createTrtcServerApi, signUserSig, staticCredentials, type TrtcServerApi } from '@trtc-recorder/tencent';
import { apiClient, type ApiClient } from './api-client.ts';
import { startReceiver, type Receiver } from './receiver.ts';
import { sandboxClient, type SandboxClient } from './sandbox-client.ts';
import type { Stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

/** What a caller and an operator of a stack have: its API, a receiver of callbacks, TRTC's server API, the sandbox. */
export interface Caller {
  readonly api: ApiClient;
  readonly receiver: Receiver;
  readonly sandbox: SandboxClient;
  readonly trtc: TrtcServerApi;
  /** A request with the stack's app and bucket, signed for its recorder, with the receiver's address. */
  request(fields: Readonly<Record<string, unknown>> & { UserId: string }): Record<string, unknown>;
  /** Waits until a recording has captured for `seconds` and seen `anchors`. */
  capturing(requestId: string, want?: { anchors?: number; seconds?: number }): Promise<void>;
  /** The callback's result. */
  result(requestId: string, withinMs?: number): Promise<RecordingResult>;
  /** Path on this machine of a delivered file. */
  localPath(file: Pick<ResultFile, 'RecordFile'>): string;
  close(): Promise<void>;
}

export async function startCaller(stack: Stack): Promise<Caller> {
  const receiver = await startReceiver();
  const api = apiClient(stack.apiUrl);
  return {
    api,
    receiver,
    sandbox: sandboxClient(stack.sandbox.http),
    trtc: serverApi(stack),
    request: (fields) => requestOf(stack, receiver.url, fields),
    capturing: (requestId, want) => capturing(api, requestId, want),
    result: async (requestId, withinMs = 90_000) => (await receiver.callbackOf(requestId, withinMs)).result,
    localPath: (file) => path.join(stack.filesDir, stack.bucket, decodeURIComponent(new URL(file.RecordFile).pathname)),
    close: () => receiver.close(),
  };
}

const serverApi = ({ keys, sandbox }: Stack): TrtcServerApi =>
  createTrtcServerApi({
    credentials: staticCredentials(keys.cloud),
    region: 'ap-guangzhou',
    endpoint: new URL(sandbox.trtcApi).host,
    protocol: 'http://',
  });

const requestOf = (
  { keys: { app }, region, bucket }: Stack,
  callback: string,
  fields: Readonly<Record<string, unknown>> & { UserId: string },
): Record<string, unknown> => ({
  SdkAppId: app.sdkAppId,
  UserSig: signUserSig({ ...app, userId: fields.UserId, expireSeconds: 3600 }),
  CosConfig: { Region: region, Bucket: bucket, Path: '/trtc' },
  Callback: callback,
  ...fields,
});

async function capturing(
  api: ApiClient,
  requestId: string,
  { anchors = 1, seconds = 0 }: { anchors?: number; seconds?: number } = {},
): Promise<void> {
  const captures = async () => {
    const { Progress: progress, Error: error } = await api.status(requestId);
    if (error !== undefined) throw new Error(error);
    if (progress?.Step !== 'capture') return undefined;
    return progress.Anchors >= anchors && progress.Seconds >= seconds ? true : undefined;
  };
  await waitFor(`${requestId} to capture`, captures, { withinMs: 60_000 + seconds * 1000 });
}
