import { AppError, type Logger } from '@trtc-recorder/runtime';
import {
  createObjectStore,
  objectKey,
  staticCredentials,
  timelineKey,
  type CredentialsProvider,
} from '@trtc-recorder/tencent';
import type { Config } from './config.ts';
import { ownCredentials } from './credentials.ts';
import type { Job, Store } from './ports.ts';
import { cosEndpoint } from './settings.ts';

interface Target {
  readonly region: string;
  readonly bucket: string;
  readonly path: string;
}

/** Delivery to COS: the request's bucket or the configured one, with the keys that belong to it. */
export function createStore(config: Config, logger: Logger): Store {
  const endpoint = cosEndpoint(config.COS_ENDPOINT);
  const objects = createObjectStore({
    ...(endpoint !== null && { endpoint }),
    partSize: config.COS_PART_SIZE_MB * 1024 * 1024,
    concurrency: config.COS_PARALLEL,
    requestTimeoutMs: config.COS_TIMEOUT_MS,
    logger,
  });
  const own = ownCredentials(config, logger);
  const byDefault = defaultTarget(config);
  return {
    key: (recording, plan) => {
      const { room, requestId } = recording;
      const { userId, stream, startMs: startedAt, container: extension } = plan;
      return objectKey({
        path: target(recording.cos, byDefault).path,
        room,
        requestId,
        userId,
        stream,
        startedAt,
        extension,
      });
    },
    timelineKey: ({ cos, room, requestId }) => timelineKey({ path: target(cos, byDefault).path, room, requestId }),
    upload: (job, file, key, contentType) => {
      const { region, bucket } = target(job.recording.cos, byDefault);
      const { signal } = job;
      return objects.upload({ file, bucket, region, key, contentType, credentials: credentialsOf(job, own), signal });
    },
    abandon: async (job, key) => {
      const { region, bucket } = target(job.recording.cos, byDefault);
      await objects.abortUploads({ bucket, region, prefix: key, credentials: credentialsOf(job, own) });
    },
  };
}

/** A caller's keys stand alone: they are never combined with anything of ours. */
const credentialsOf = (job: Job, own: CredentialsProvider): CredentialsProvider => {
  const { cosCredentials } = job.secrets;
  if (cosCredentials === undefined) return own;
  const { secretId, secretKey, sessionToken } = cosCredentials;
  return staticCredentials({ secretId, secretKey, ...(sessionToken !== undefined && { sessionToken }) });
};

const target = (asked: Target | null, byDefault: Target | null): Target => {
  const found = asked ?? byDefault;
  if (found === null)
    throw new AppError('CosBucketNotFound', 'the request has no CosConfig and DEFAULT_COS_BUCKET is not configured');
  return found;
};

const defaultTarget = (config: Config): Target | null =>
  config.DEFAULT_COS_BUCKET === '' || config.DEFAULT_COS_REGION === ''
    ? null
    : { region: config.DEFAULT_COS_REGION, bucket: config.DEFAULT_COS_BUCKET, path: config.DEFAULT_COS_PATH };
