import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';

/** Structured log lines (JSON, one per line) on standard output. */
export type Logger = PinoLogger;

/** Names under which a secret might be logged by mistake, at any of the first depths. */
const SECRET_KEYS = [
  'UserSig',
  'userSig',
  'SecretKey',
  'secretKey',
  'SecretId',
  'secretId',
  'SessionToken',
  'sessionToken',
  'token',
  'authorization',
  'Authorization',
  'sealed',
  'Callback',
  'callback',
  'CosConfig',
  'BackupCosConfig',
  'password',
  'payloadKey',
];
const redact = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

export interface LoggerOptions {
  /** Which process speaks: `api`, `worker`, `notifier`, `sandbox`. */
  readonly app: string;
  readonly level?: string;
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** A logger that never prints what the keys above hold. Pass ids and counts, not requests. */
export const createLogger = ({ app, level = 'info', destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { app },
    redact: { paths: redact, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.errWithCause },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};

/** A logger that prints nothing. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
