import { z } from 'zod';
import { AppError } from '@trtc-recorder/runtime';

/** The values a schema finds in a part of a request; fails naming the field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new AppError('InvalidParameter.Field', z.prettifyError(parsed.error));
}
