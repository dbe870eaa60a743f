import { createLogger, errorMessage, loadConfig, untilStopped } from '@trtc-recorder/runtime';
import { bucketsOf } from './buckets-setting.ts';
import { SandboxConfigSchema } from './config.ts';
import { startSandbox } from './sandbox.ts';

/** Closing takes well below this. */
const GRACE_MS = 5000;

async function main(): Promise<number> {
  const config = loadConfig(SandboxConfigSchema, process.env);
  const logger = createLogger({ app: 'sandbox', level: config.LOG_LEVEL });
  const sandbox = await startSandbox({
    ports: { http: config.SANDBOX_HTTP_PORT, cos: config.SANDBOX_COS_PORT, trtcApi: config.SANDBOX_TRTC_API_PORT },
    dataDir: config.SANDBOX_DATA_DIR,
    secretKeys: { [config.SANDBOX_SDK_APP_ID]: config.SANDBOX_APP_SECRET_KEY },
    cloudKeys: { secretId: config.SANDBOX_CLOUD_SECRET_ID, secretKey: config.SANDBOX_CLOUD_SECRET_KEY },
    buckets: bucketsOf(config.SANDBOX_BUCKETS),
    rooms: { graceMs: config.SANDBOX_GRACE_MS },
    logger,
  });
  process.stdout.write(`${JSON.stringify({ ready: true, urls: sandbox.urls })}\n`);
  return untilStopped(
    process,
    { drain: () => sandbox.close(), kill: () => sandbox.close() },
    { graceMs: GRACE_MS, logger },
  );
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n`);
    process.exit(1);
  },
);
