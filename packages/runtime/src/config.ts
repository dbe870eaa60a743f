import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError, errorMessage } from './app-error.ts';
import { faultOf, misspelled, type Environment } from './config-fault.ts';
import type { Logger } from './logger.ts';
import { shellWords, UnbalancedQuotes } from './shell-words.ts';

/**
 * A process's configuration is one flat zod object whose keys are the environment variables. Every field is described
 * (`.describe()`: what it is for, with its unit), which docs/configuration.md repeats; a test holds the two equal.
 * An empty variable counts as absent, as compose files produce them. `NAME_FILE` names a file that has the value of
 * `NAME`, so that a secret need not be in the environment. Error: InvalidConfiguration, without secrets in its message.
 */
export function loadConfig<S extends z.ZodObject>(schema: S, env: Environment): z.infer<S> {
  const present = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = valueOf(name, env);
      return value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => faultOf(issue, schema, { ...env, ...present }));
  throw new AppError('InvalidConfiguration', `invalid configuration: ${faults.join('; ')}`);
}

function valueOf(name: string, env: Environment): string {
  const value = env[name] ?? '';
  const file = env[`${name}_FILE`] ?? '';
  if (file === '') return value;
  if (value !== '') throw new AppError('InvalidConfiguration', `${name} and ${name}_FILE are both set: unset one`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const problem = `${name}_FILE=${file} cannot be read: ${errorMessage(cause)}`;
    throw new AppError('InvalidConfiguration', problem, { cause });
  }
}

/** Warns of variables whose names look like typing errors: they have no effect. */
export function warnOfMisspelled(schema: z.ZodObject, env: Environment, logger: Logger): void {
  for (const { name, meant } of misspelled(schema, env))
    logger.warn({ variable: name, meant }, 'unknown environment variable ignored: its name resembles a known one');
}

/** A switch: `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`. */
export const flag = (byDefault: boolean) => z.stringbool().default(byDefault);

/** A whole number within bounds. */
export const integer = (byDefault: number, min: number, max = Number.MAX_SAFE_INTEGER) => {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  const error = `it must be a whole number, ${bounds}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error).default(byDefault);
};

/** A TCP port; 0 lets the system choose. */
export const port = (byDefault: number) => integer(byDefault, 0, 65_535);

/** Where a process that has no HTTP of its own tells how it is. */
export const statusVariables = {
  METRICS_HOST: z.string().default('127.0.0.1').describe('Address of METRICS_PORT'),
  METRICS_PORT: port(0).describe('TCP port of /healthz, /readyz and /metrics, without a login; 0: none'),
};

/** Words separated by white space; quotes and backslashes as in a POSIX shell. */
export const words = () =>
  z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return shellWords(text);
      } catch (error) {
        if (!(error instanceof UnbalancedQuotes)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });

/** Items separated by commas, at least `min` of them. */
export const list = (min = 0) => {
  const items = z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
  const enough = items.refine(
    (found) => found.length >= min,
    `it must have at least ${min} item${min === 1 ? '' : 's'}, separated by commas`,
  );
  return min > 0 ? enough : enough.default([]);
};

/** PAYLOAD_KEY, in every process that has it. */
export const payloadKeys = () =>
  list(1).meta({ cure: 'make one with `openssl rand -base64 32`, and give the same to api, worker and notifier' });
