import { hostname } from 'node:os';
import path from 'node:path';
import { AppError } from '@trtc-recorder/runtime';
import type { Config } from './config.ts';

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
