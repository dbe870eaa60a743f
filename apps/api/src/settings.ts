import { CosConfigSchema } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import type { Config } from './config.ts';

/** The configuration as the API uses it: checked across variables, and without secrets it has no use for. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly string[];
  /** Apps whose UserSig the workers sign. */
  readonly signedApps: ReadonlySet<number>;
  /** Whether a request may leave CosConfig out. */
  readonly hasDefaultCos: boolean;
  /** The time limit of every recording, s. */
  readonly maxDurationS: number;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);
export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/** Error: InvalidConfiguration. */
export function settingsOf(config: Config): Settings {
  return {
    host: hostOf(config),
    port: config.API_PORT,
    tokens: config.API_TOKENS,
    signedApps: new Set(config.APP_SECRET_KEYS.map(appOf)),
    hasDefaultCos: hasDefaultCos(config),
    maxDurationS: config.MAX_DURATION_S,
  };
}

/** Anybody who reaches an API without tokens may record, so it must not be reachable from elsewhere. */
function hostOf({ API_HOST, API_TOKENS }: Config): string {
  if (API_TOKENS.length > 0) return API_HOST === '' ? '0.0.0.0' : API_HOST;
  if (API_HOST === '' || isLoopback(API_HOST)) return API_HOST === '' ? '127.0.0.1' : API_HOST;
  throw new AppError(
    'InvalidConfiguration',
    `API_HOST is ${API_HOST}, but without API_TOKENS the API listens on loopback only: set API_TOKENS`,
  );
}

function appOf(entry: string, index: number): number {
  const app = /^(\d+):\S+$/.exec(entry)?.[1];
  if (app !== undefined) return Number(app);
  throw new AppError('InvalidConfiguration', `APP_SECRET_KEYS: entry ${index + 1} is not of the form sdkAppId:key`);
}

function hasDefaultCos({ DEFAULT_COS_REGION, DEFAULT_COS_BUCKET, DEFAULT_COS_PATH }: Config): boolean {
  if (DEFAULT_COS_REGION === '' && DEFAULT_COS_BUCKET === '') return false;
  const cos = { Region: DEFAULT_COS_REGION, Bucket: DEFAULT_COS_BUCKET, Path: DEFAULT_COS_PATH };
  const parsed = CosConfigSchema.safeParse(cos);
  if (parsed.success) return true;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `DEFAULT_COS_${path.join('_').toUpperCase()} ${message}`,
  );
  throw new AppError('InvalidConfiguration', problems.join('; '));
}
