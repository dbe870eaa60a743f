import path from 'node:path';
import type { StackKeys } from './keys.ts';
import type { SandboxUrls, StackPorts, Tools } from './parts.ts';

type Environment = Record<string, string>;

/** The bucket of the documented example request. */
export const BUCKET = 'test-123456789';
export const REGION = 'ap-shanghai';

const defaultCos = { DEFAULT_COS_REGION: REGION, DEFAULT_COS_BUCKET: BUCKET, DEFAULT_COS_PATH: '/trtc' };

export const sandboxEnvironment = (ports: StackPorts, filesDir: string, keys: StackKeys): Environment => ({
  SANDBOX_HTTP_PORT: String(ports.sandboxHttp ?? 0),
  SANDBOX_COS_PORT: String(ports.sandboxCos ?? 0),
  SANDBOX_TRTC_API_PORT: String(ports.sandboxTrtcApi ?? 0),
  SANDBOX_DATA_DIR: filesDir,
  SANDBOX_BUCKETS: `${BUCKET}@${REGION}`,
  SANDBOX_SDK_APP_ID: String(keys.app.sdkAppId),
  SANDBOX_APP_SECRET_KEY: keys.app.secretKey,
  SANDBOX_CLOUD_SECRET_ID: keys.cloud.secretId,
  SANDBOX_CLOUD_SECRET_KEY: keys.cloud.secretKey,
});

export const queueEnvironment = (redisUrl: string, keys: StackKeys): Environment => ({
  REDIS_URL: redisUrl,
  PAYLOAD_KEY: keys.payloadKey,
});

export const apiEnvironment = (port: number): Environment => ({ ...defaultCos, API_PORT: String(port) });

export const workerEnvironment = (dir: string, tools: Tools, sandbox: SandboxUrls, keys: StackKeys): Environment => ({
  ...defaultCos,
  WORK_DIR: path.join(dir, 'spools'),
  // All workers of the stack share the directory.
  SPOOL_COPY: 'off',
  CHROMIUM_PATH: tools.chromium,
  FFMPEG_PATH: tools.ffmpeg,
  FFPROBE_PATH: tools.ffprobe,
  TRTC_REDIRECT_SCRIPT: sandbox.redirectScript,
  COS_ENDPOINT: sandbox.cos,
  TENCENTCLOUD_SECRET_ID: keys.cloud.secretId,
  TENCENTCLOUD_SECRET_KEY: keys.cloud.secretKey,
});
