import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordingResult, ResultFile } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import {
  apiClient,
  sandboxClient,
  startReceiver,
  startStack,
  waitFor,
  type ApiClient,
  type Receiver,
  type SandboxClient,
  type Stack,
  type StackOptions,
} from '@trtc-recorder/stack';
import { createTrtcServerApi, signUserSig, staticCredentials, type TrtcServerApi } from '@trtc-recorder/tencent';

/** The whole product running for a test, with what a caller and an operator of it would use. */
export interface Fleet {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly receiver: Receiver;
  readonly sandbox: SandboxClient;
  readonly trtc: TrtcServerApi;
  /** Every line its processes printed, for the message of a failing test. */
  readonly lines: readonly string[];
  request(fields: Readonly<Record<string, unknown>> & { UserId: string }): Record<string, unknown>;
  /** Waits until a recording has captured for `seconds` and seen `anchors`. */
  capturing(requestId: string, want?: { anchors?: number; seconds?: number }): Promise<void>;
  /** The callback's result. */
  result(requestId: string, withinMs?: number): Promise<RecordingResult>;
  /** Path on this machine of a delivered file. */
  localPath(file: Pick<ResultFile, 'RecordFile'>): string;
  /** Ends everything and removes the directory. */
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly workers?: number;
  readonly env?: NonNullable<StackOptions['env']>;
}

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-fleet-'));
  const lines: string[] = [];
  const env = process.env;
  const stack = await startStack({
    dir,
    searchPath: env['PATH'] ?? '',
    tools: {
      redisServer: env['REDIS_SERVER_PATH'] ?? 'redis-server',
      chromium: env['CHROMIUM_PATH'] ?? '',
      ffmpeg: env['FFMPEG_PATH'] ?? 'ffmpeg',
      ffprobe: env['FFPROBE_PATH'] ?? 'ffprobe',
    },
    logger: silentLogger(),
    onLine: (name, line) => lines.push(`[${name}] ${line}`),
    ...options,
  });
  const receiver = await startReceiver();
  const api = apiClient(stack.apiUrl);
  const { app, cloud } = stack.keys;
  const endpoint = new URL(stack.sandbox.trtcApi).host;
  const trtc = createTrtcServerApi({
    credentials: staticCredentials(cloud),
    region: 'ap-guangzhou',
    endpoint,
    protocol: 'http://',
  });
  return {
    stack,
    api,
    receiver,
    sandbox: sandboxClient(stack.sandbox.http),
    trtc,
    lines,
    request: (fields) => ({
      SdkAppId: app.sdkAppId,
      UserSig: signUserSig({ ...app, userId: fields.UserId, expireSeconds: 3600 }),
      CosConfig: { Region: stack.region, Bucket: stack.bucket, Path: '/trtc' },
      Callback: receiver.url,
      ...fields,
    }),
    capturing: async (requestId, { anchors = 1, seconds = 0 } = {}) => {
      await waitFor(
        `${requestId} to capture`,
        async () => {
          const { Progress: progress, Error: error } = await api.status(requestId);
          if (error !== undefined) throw new Error(error);
          if (progress?.Step !== 'capture') return undefined;
          return progress.Anchors >= anchors && progress.Seconds >= seconds ? true : undefined;
        },
        { withinMs: 60_000 + seconds * 1000 },
      );
    },
    result: async (requestId, withinMs = 90_000) => (await receiver.callbackOf(requestId, withinMs)).result,
    localPath: (file) => path.join(stack.filesDir, stack.bucket, decodeURIComponent(new URL(file.RecordFile).pathname)),
    stop: async () => {
      await receiver.close();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
