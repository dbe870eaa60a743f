import { errorMessage } from '@trtc-recorder/runtime';
import { ReplyError } from 'ioredis';

/**
 * What an error of Redis says of the command that met it. `not-now`: nothing; Redis, or the way to it, refuses for the
 * moment (a password or a right was taken away, it is full, busy, loading, a replica, without its cluster …) and the same
 * command passes later. `command`: it will never pass as it is. `unclear`: the code `ERR`, by which Redis says both: a
 * script that lacks a right and too many clients, but also an unknown command.
 */
export type RedisFault = 'not-now' | 'unclear' | 'command';

/** Codes that speak of the command. Any other code, also one that no Redis has today, is taken as `not-now`. */
const OF_THE_COMMAND = new Set(['WRONGTYPE', 'CROSSSLOT']);
const GENERAL = 'ERR';
/** Redis 6 says the code of a command that failed inside a script in the middle of its own error. */
const INSIDE_SCRIPT = /\s-([A-Z][A-Z\d]*)\s/;

/** The code of a reply that is an error: by the protocol its first word. Empty where it has none. */
export function replyCode(error: unknown): string {
  const message = errorMessage(error);
  const code = /^[A-Z][A-Z\d]*(?=\s|$)/.exec(message)?.[0] ?? '';
  return code === GENERAL ? (INSIDE_SCRIPT.exec(message)?.[1] ?? GENERAL) : code;
}

/** Null: it isn't an error of Redis or of the way to it. So are BullMQ's own, and what a closed client answers. */
export function redisFaultOf(error: unknown): RedisFault | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof ReplyError) return faultOfReply(replyCode(error));
  return isOfConnection(error) ? 'not-now' : null;
}

function faultOfReply(code: string): RedisFault {
  if (OF_THE_COMMAND.has(code)) return 'command';
  return code === GENERAL || code === '' ? 'unclear' : 'not-now';
}

/** A command that was cut off with its connection, one that was tried often enough, an error of the system's sockets. */
const isOfConnection = (error: Error): boolean =>
  (error.name === 'AbortError' && 'command' in error) ||
  error.name === 'MaxRetriesPerRequestError' ||
  ('syscall' in error && 'code' in error);
