import { hostname } from 'node:os';
import path from 'node:path';
import { CosConfigSchema } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import type { Config } from './config.ts';
import type { DeliverySettings } from './ports.ts';

/** Name of a worker in logs and Bull Board. */
export const workerId = (config: Config, pid: number): string => config.WORKER_ID || `${hostname()}-${pid}`;

/** Root of the spools. */
export const workDirectory = (config: Config): string =>
  path.resolve(config.WORK_DIR || config.CFS_PATH || './recordings');

/** `sdkAppId:key,…` as a map. Error: InvalidConfiguration, without the key in its message. */
export function appSecretKeys(entries: readonly string[]): ReadonlyMap<number, string> {
  const keys = entries.map((entry, index): [number, string] => {
    const match = /^(\d+):(\S+)$/.exec(entry);
    if (match === null)
      throw new AppError('InvalidConfiguration', `APP_SECRET_KEYS: entry ${index + 1} is not of the form sdkAppId:key`);
    return [Number(match[1]), match[2] ?? ''];
  });
  return new Map(keys);
}

/** Where COS requests go instead of the real COS, from `host:port` or a URL; null for the real one. */
export function cosEndpoint(text: string): { ip: string; protocol: 'http:' | 'https:' } | null {
  if (text === '') return null;
  const url = URL.canParse(text) && text.includes('//') ? new URL(text) : new URL(`http://${text}`);
  return { ip: url.host, protocol: url.protocol === 'https:' ? 'https:' : 'http:' };
}

/** A bucket, and where in it files go. */
export interface Bucket {
  readonly region: string;
  readonly bucket: string;
  readonly path: string;
}

/**
 * The bucket that the variables `<name>_REGION`, `<name>_BUCKET` and `<name>_PATH` name; null when they name none.
 * Error: InvalidConfiguration.
 */
export function bucketSetting(name: 'DEFAULT_COS' | 'BACKUP_COS' | 'SPOOL_COPY', config: Config): Bucket | null {
  const { region, bucket, path } = {
    region: config[`${name}_REGION`],
    bucket: config[`${name}_BUCKET`],
    path: config[`${name}_PATH`],
  };
  if (region === '' && bucket === '') return null;
  const parsed = CosConfigSchema.safeParse({ Region: region, Bucket: bucket, Path: path });
  if (parsed.success) return { region, bucket, path };
  const faults = parsed.error.issues.map((issue) => `${name}_${issue.path.join('_').toUpperCase()} ${issue.message}`);
  throw new AppError('InvalidConfiguration', faults.join('; '));
}

/** Part of a wait that chance may take off it, so that recordings that failed together don't all come back together. */
const JITTER = 0.25;

export function deliverySettings(config: Config): DeliverySettings {
  const giveUpMs = config.UPLOAD_GIVE_UP_H * 3_600_000;
  return {
    backoff: { firstMs: config.UPLOAD_RETRY_FIRST_MS, maxMs: config.UPLOAD_RETRY_MAX_MS, jitter: JITTER },
    giveUpMs,
    spoolAwayMs: giveUpMs,
    backupAfterRounds: config.BACKUP_AFTER_ROUNDS,
  };
}

/** Whether spools are copied to COS; needless where all workers share them. */
export const copiesSpools = (config: Config): boolean => {
  const { SPOOL_COPY, CFS_PATH } = config;
  if (SPOOL_COPY !== 'auto') return SPOOL_COPY === 'on';
  return CFS_PATH === '' || workDirectory(config) !== path.resolve(CFS_PATH);
};
