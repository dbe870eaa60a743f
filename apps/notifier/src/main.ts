import { createLogger, loadConfig, toAppError, untilStopped, warnOfMisspelled } from '@trtc-recorder/runtime';
import { startNotifier } from './app.ts';
import { ConfigSchema } from './config.ts';

const bootLogger = createLogger({ app: 'notifier' });
try {
  const config = loadConfig(ConfigSchema, process.env);
  const logger = createLogger({ app: 'notifier', level: config.LOG_LEVEL });
  warnOfMisspelled(ConfigSchema, process.env, logger);
  const app = await startNotifier(config, logger);
  logger.info({ ready: true, parallel: config.CALLBACK_PARALLEL }, 'taking callbacks');
  process.exitCode = await untilStopped(process, app, { graceMs: config.DRAIN_GRACE_MS, logger });
  process.exit();
} catch (error) {
  const { code, message } = toAppError(error);
  bootLogger.fatal({ code, err: error }, message);
  process.exit(1);
}
