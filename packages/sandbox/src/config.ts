import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { list, port } from '@trtc-recorder/runtime';

/** The app of the recipe's own example request. */
export const DEFAULT_SDK_APP_ID = 1_400_000_000;

const generated = (bytes: number) => () => randomBytes(bytes).toString('hex');

/** Environment of the sandbox process. */
export const SandboxConfigSchema = z.object({
  SANDBOX_HTTP_PORT: port(8480).describe('TCP port on 127.0.0.1 of the rooms, the pages and the REST control; 0: any.'),
  SANDBOX_COS_PORT: port(8481).describe('TCP port on 127.0.0.1 of the COS stand-in; 0: any.'),
  SANDBOX_TRTC_API_PORT: port(8482).describe('TCP port on 127.0.0.1 of the TRTC server API; 0: any.'),
  SANDBOX_DATA_DIR: z
    .string()
    .default(() => path.join(tmpdir(), 'trtc-sandbox'))
    .describe(
      'Directory of the COS objects; made when it is not there. By default trtc-sandbox in the temp directory.',
    ),
  SANDBOX_SDK_APP_ID: z.coerce
    .number()
    .int()
    .min(1)
    .default(DEFAULT_SDK_APP_ID)
    .describe('The TRTC application (SdkAppId) that exists in the sandbox.'),
  SANDBOX_APP_SECRET_KEY: z
    .string()
    .default(generated(32))
    .describe('Key that signs the UserSigs of that application. Generated when left out.'),
  SANDBOX_CLOUD_SECRET_ID: z
    .string()
    .default('AKIDsandbox')
    .describe('SecretId that the COS stand-in and the TRTC server API accept.'),
  SANDBOX_CLOUD_SECRET_KEY: z
    .string()
    .default(generated(16))
    .describe('SecretKey that belongs to it. Generated when left out.'),
  SANDBOX_BUCKETS: list().describe(
    'The buckets there are: name-appid@region, separated by commas; empty: any, each in the region where it is first used.',
  ),
  SANDBOX_GRACE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe('How long a member whose signalling is gone stays in its room, in milliseconds.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe level that is logged (to standard output, JSON, one line each).'),
});
export type SandboxConfig = z.infer<typeof SandboxConfigSchema>;
