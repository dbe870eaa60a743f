import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';
import { plainFields } from './plain-copy.ts';

/** Structured log lines (JSON, one per line) on standard output. */
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Which process speaks: `api`, `worker`, `notifier`, `sandbox`. */
  readonly app: string;
  readonly level?: string;
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** A logger that prints no secret by its name, and whose calls never throw. Pass ids and counts, not requests. */
export const createLogger = ({ app, level = 'info', destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { app },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Before any serializer: pino's own redaction and error serializer throw, or lose the line, on what is not plain.
    formatters: { level: (label: string) => ({ level: label }), log: plainFields },
    serializers: { err: (error: unknown) => error },
  };
  return withPlainBindings(destination === undefined ? pino(options) : pino(options, destination));
};

/** Children inherit it: pino formats what they are bound to with nothing. */
function withPlainBindings(logger: Logger): Logger {
  const original = Object.getPrototypeOf(logger) as Pick<Logger, 'child'>;
  logger.child = function (this: Logger, bindings, options) {
    return original.child.call(this, plainFields(bindings), options) as never;
  };
  return logger;
}

/** A logger that prints nothing. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
