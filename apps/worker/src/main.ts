import { createLogger, loadConfig, toAppError, untilStopped, warnOfMisspelled } from '@trtc-recorder/runtime';
import { startWorker } from './app.ts';
import { ConfigSchema } from './config.ts';

const bootLogger = createLogger({ app: 'worker' });
// What this process and its children write (spools, finished files, browser profiles) is for its user only.
process.umask(0o077);
try {
  const config = loadConfig(ConfigSchema, process.env);
  const logger = createLogger({ app: 'worker', level: config.LOG_LEVEL });
  warnOfMisspelled(ConfigSchema, process.env, logger);
  const app = await startWorker(config, process.pid, logger);
  logger.info({ ready: true, workerId: app.workerId, rooms: config.ROOMS_PER_WORKER }, 'taking recordings');
  process.exitCode = await untilStopped(process, app, { graceMs: config.DRAIN_GRACE_MS, logger });
  // Whatever still hangs (a socket, a child) must not hold the process up once everything is closed.
  process.exit();
} catch (error) {
  const { code, message } = toAppError(error);
  bootLogger.fatal({ code, err: error }, message);
  process.exit(1);
}
