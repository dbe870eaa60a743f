import { z } from 'zod';
import { AppError } from './app-error.ts';
import { shellWords, UnbalancedQuotes } from './shell-words.ts';

/**
 * A process's configuration is one flat zod object whose keys are the environment variables. Every field is described
 * (`.describe()`: what it is for, with its unit), which docs/configuration.md repeats; a test holds the two equal.
 * An empty variable counts as absent, as compose files produce them.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const present = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (env[key] === undefined || env[key] === '' ? [] : [[key, env[key]]])),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AppError('InvalidConfiguration', `invalid configuration: ${problems.join('; ')}`);
}

/** A switch: `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`. */
export const flag = (byDefault: boolean) => z.stringbool().default(byDefault);

/** A whole number within bounds. */
export const integer = (byDefault: number, min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);

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
  const enough = items.refine((found) => found.length >= min, `at least ${min} needed, separated by commas`);
  return min > 0 ? enough : enough.default([]);
};
