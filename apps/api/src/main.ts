import { createSubmitter } from '@trtc-recorder/queue';
import {
  createLogger,
  listenFault,
  loadConfig,
  Releasers,
  toAppError,
  untilStopped,
  warnOfMisspelled,
} from '@trtc-recorder/runtime';
import { buildApi } from './app.ts';
import { ConfigSchema } from './config.ts';
import { settingsOf } from './settings.ts';

const bootLogger = createLogger({ app: 'api' });
try {
  const config = loadConfig(ConfigSchema, process.env);
  const settings = settingsOf(config);
  const logger = createLogger({ app: 'api', level: config.LOG_LEVEL });
  warnOfMisspelled(ConfigSchema, process.env, logger);
  const releasers = new Releasers(logger);
  const submitter = createSubmitter({
    redisUrl: config.REDIS_URL,
    payloadKeys: config.PAYLOAD_KEY,
    allowEviction: config.REDIS_ALLOW_EVICTION,
    logger,
  });
  releasers.add('queue', () => submitter.close());
  await submitter.ready();
  const api = await buildApi(settings, { submitter, logger });
  releasers.add('http', () => api.close());
  const { host, port } = settings;
  const url = await api.listen({ host, port }).catch((error: unknown) => {
    throw listenFault(error, { host, port, hostName: 'API_HOST', portName: 'API_PORT' });
  });
  if (settings.tokens.length === 0)
    logger.warn('no API_TOKENS: listening on loopback only, for everybody on this machine');
  logger.info({ ready: true, url, board: `${url}/admin/queues` }, 'accepting recordings');
  const stop = { drain: () => releasers.releaseAll(), kill: () => releasers.releaseAll() };
  process.exitCode = await untilStopped(process, stop, { graceMs: config.DRAIN_GRACE_MS, logger });
  process.exit();
} catch (error) {
  const { code, message } = toAppError(error);
  bootLogger.fatal({ code, err: error }, message);
  process.exit(1);
}
