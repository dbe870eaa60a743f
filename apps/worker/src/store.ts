import { AppError, proxySettings, type Logger } from '@trtc-recorder/runtime';
import {
  createObjectStore,
  objectKey,
  recordingPrefix,
  staticCredentials,
  timelineKey,
  type CredentialsProvider,
  type ObjectStore,
} from '@trtc-recorder/tencent';
import type { Config } from './config.ts';
import { ownCredentials } from './credentials.ts';
import type { Job, Place, Store } from './ports.ts';
import { bucketSetting, cosEndpoint, type Bucket } from './settings.ts';

type GivenKeys = Job['secrets']['cosCredentials'];

/** How long the uploads of a terminated recording may take to be aborted, ms. */
const ABORT_WITHIN_MS = 10_000;

/**
 * Delivery to COS: the request's bucket or the configured one, and the same for the backup, each with the keys that
 * belong to it. Error: InvalidConfiguration.
 */
export function createStore(config: Config, logger: Logger): Store {
  const endpoint = cosEndpoint(config.COS_ENDPOINT);
  const objects = createObjectStore({
    ...(endpoint !== null && { endpoint }),
    partSize: config.COS_PART_SIZE_MB * 1024 * 1024,
    concurrency: config.COS_PARALLEL,
    requestTimeoutMs: config.COS_TIMEOUT_MS,
    proxy: proxySettings(config),
    logger,
  });
  const own = ownCredentials(config, logger);
  const byDefault = bucketSetting('DEFAULT_COS', config);
  const backupByDefault = bucketSetting('BACKUP_COS', config);
  return {
    places: (job) => {
      const { cos, backupCos } = job.recording;
      const bucket = cos ?? byDefault;
      if (bucket === null) throw noBucket();
      const first = placeOf(
        objects,
        job,
        bucket,
        keysOf(() => job.secrets.cosCredentials, own),
      );
      if (backupCos !== undefined) {
        const keys = keysOf(() => job.secrets.backupCosCredentials, own);
        return { first, backup: placeOf(objects, job, backupCos, keys) };
      }
      return { first, backup: backupByDefault && placeOf(objects, job, backupByDefault, own) };
    },
  };
}

function placeOf(objects: ObjectStore, job: Job, bucket: Bucket, credentials: CredentialsProvider): Place {
  const { room, requestId } = job.recording;
  const { path, ...where } = bucket;
  const access = { ...where, credentials, signal: job.signal };
  return {
    name: `bucket ${bucket.bucket} in ${bucket.region}`,
    key: ({ userId, stream, startMs: startedAt, container: extension }) =>
      objectKey({ path, room, requestId, userId, stream, startedAt, extension }),
    timelineKey: () => timelineKey({ path, room, requestId }),
    upload: (file, key, contentType) => objects.upload({ ...access, file, key, contentType }),
    abortUploads: () => {
      // Also for a recording that was terminated, whose signal would end it at once.
      const signal = job.signal.aborted ? AbortSignal.timeout(ABORT_WITHIN_MS) : job.signal;
      return objects.abortUploads({ ...access, signal, prefix: recordingPrefix({ path, room, requestId }) });
    },
  };
}

/**
 * A caller's keys stand alone: they are never combined with anything of ours, nor those for one bucket with those for
 * the other. They are read anew for every request, because a caller may replace them.
 */
export function keysOf(given: () => GivenKeys, own: CredentialsProvider): CredentialsProvider {
  const current = (): CredentialsProvider => {
    const keys = given();
    if (keys === undefined) return own;
    const { secretId, secretKey, sessionToken } = keys;
    return staticCredentials({ secretId, secretKey, ...(sessionToken !== undefined && { sessionToken }) });
  };
  return {
    get renewable() {
      return current().renewable;
    },
    get: () => current().get(),
  };
}

export const noBucket = () =>
  new AppError('CosBucketNotFound', 'the request has no CosConfig and DEFAULT_COS_BUCKET is not configured');
