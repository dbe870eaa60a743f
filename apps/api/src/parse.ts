import { AppError } from '@trtc-recorder/runtime';
import type { z } from 'zod';

/**
 * A body as the schema has it. Every fault is named with its field, all at once; the messages never repeat a value.
 * Errors: InvalidParameter, InvalidParameter.Field.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(withoutNulls(body));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const whole = issues.every(({ path }) => path.length === 0);
  throw new AppError(whole ? 'InvalidParameter' : 'InvalidParameter.Field', faultsOf(issues));
}

/** The same for a query: all of its faults are those of a field. */
export function parseQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new AppError('InvalidParameter.Field', faultsOf(parsed.error.issues));
}

const faultsOf = (issues: readonly z.core.$ZodIssue[]): string =>
  issues
    .map(({ path, message }) => {
      const field = path.join('.');
      return field === '' || message.startsWith(field) ? message : `${field}: ${message}`;
    })
    .join('; ');

/** A field that is null is absent, here and in CosConfig: many JSON writers put null where nothing was set. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const present = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(present.map(([name, field]) => [name, withoutNulls(field)]));
}
