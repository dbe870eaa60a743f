import { proxySettings, type Logger } from '@trtc-recorder/runtime';
import { createSmallObjects, spoolCopiesPrefix, type CredentialsProvider } from '@trtc-recorder/tencent';
import type { Config } from '../config.ts';
import { ownCredentials } from '../credentials.ts';
import type { Job } from '../ports.ts';
import { bucketSetting, cosEndpoint, type Bucket } from '../settings.ts';
import { keysOf, noBucket } from '../store.ts';

/** Where the copies of one recording's spools lie. Keys begin with the spool's name. */
export interface CopyBucket {
  put(key: string, body: Buffer): Promise<void>;
  /** Null when there is no such object. */
  get(key: string): Promise<Buffer | null>;
  /** The keys that begin with `prefix`, in their order. */
  list(prefix: string): Promise<string[]>;
  remove(keys: readonly string[]): Promise<void>;
}

export type CopyPlace = NonNullable<Job['state']['copiesIn']>;

export const isSamePlace = (a: CopyPlace, b: CopyPlace): boolean =>
  a.region === b.region && a.bucket === b.bucket && a.path === b.path && a.ownKeys === b.ownKeys;

/** Time limit of one request, ms: copies are small, and a request that hangs holds up the next. */
const TIMEOUT_MS = 20_000;

/**
 * Where the copies of a recording go that has none yet: the operator's bucket where one is configured, else the
 * recording's own; undefined where there is neither.
 */
export function copyPlaces(config: Config): (job: Job) => CopyPlace | undefined {
  const byDefault = bucketSetting('DEFAULT_COS', config);
  const configured = bucketSetting('SPOOL_COPY', config);
  return ({ recording }) => {
    const bucket = configured ?? recording.cos ?? byDefault;
    return bucket === null ? undefined : { ...bucket, ownKeys: configured !== null };
  };
}

/** The bucket where copying began, by the keys that the recording, or the service, has now. */
export function copyBuckets(config: Config, logger: Logger): (job: Job, signal?: AbortSignal) => CopyBucket {
  const objects = createSmallObjects({
    endpoint: cosEndpoint(config.COS_ENDPOINT),
    requestTimeoutMs: TIMEOUT_MS,
    proxy: proxySettings(config),
  });
  const own = ownCredentials(config, logger);
  const newPlace = copyPlaces(config);
  const placeOf = (job: Job): Bucket & { readonly credentials: CredentialsProvider } => {
    // A recording's bucket can be changed while it runs. Copies go on where the beginning lies, unless that refuses.
    const place = job.state.copiesIn ?? newPlace(job);
    if (place === undefined) throw noBucket();
    const { ownKeys, ...bucket } = place;
    return { ...bucket, credentials: ownKeys ? own : keysOf(() => job.secrets.cosCredentials, own) };
  };
  return (job, signal) => {
    const { requestId } = job.recording;
    // Asked anew for each request: a recording can be given other keys while it runs.
    const at = () => {
      const { path, ...access } = placeOf(job);
      return { access: { ...access, signal }, prefix: spoolCopiesPrefix({ path, requestId }) };
    };
    return {
      put: (key, body) => {
        const { access, prefix } = at();
        return objects.put({ ...access, key: prefix + key, body });
      },
      get: (key) => {
        const { access, prefix } = at();
        return objects.get({ ...access, key: prefix + key });
      },
      list: async (beginning) => {
        const { access, prefix } = at();
        const found = await objects.list({ ...access, prefix: prefix + beginning });
        return found.map(({ key }) => key.slice(prefix.length)).sort();
      },
      remove: (keys) => {
        const { access, prefix } = at();
        return objects.remove({ ...access, keys: keys.map((key) => prefix + key) });
      },
    };
  };
}
