import type { AppError } from '../app-error.ts';

interface Heads {
  readonly 'retry-after'?: string | undefined;
  readonly date?: string | undefined;
}

/**
 * How long a server asks to be left alone, ms: seconds or an HTTP date (RFC 9110, 10.2.3), which is measured from the
 * server's own Date, because clocks differ. At most `maxMs`; undefined when it asks nothing that can be read.
 */
export function retryAfterMs(headers: Heads, maxMs: number, now = Date.now()): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const asked = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - serverTime(headers, now);
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), maxMs);
}

function serverTime({ date }: Heads, now: number): number {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? now : time;
}

/** How long an error says that a server asks to be left alone, ms; 0: not at all. */
export const askedRestMs = ({ details }: AppError): number =>
  typeof details.retryAfterMs === 'number' ? details.retryAfterMs : 0;
