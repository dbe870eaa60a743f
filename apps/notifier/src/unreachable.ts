import { AppError, ConnectError, errorMessage } from '@trtc-recorder/runtime';

/**
 * Why there is no answer, as the catalogue's error. Node's code (ECONNREFUSED, CERT_HAS_EXPIRED, …) is what an operator
 * looks up. `details.connected`: whether the receiver could be reached at all.
 */
export function unreachable(error: unknown, connected: boolean): AppError {
  if (error instanceof AppError) {
    const { code, message, retryable, details } = error;
    return new AppError(code, message, { retryable, details: { ...details, connected } });
  }
  const code = codeOf(error);
  const details = { connected, ...(error instanceof ConnectError && { addresses: error.addresses }) };
  return new AppError('CallbackUnreachable', messageOf(error, code), { cause: plain(error, code), details });
}

function messageOf(error: unknown, code: string | undefined): string {
  if (error instanceof ConnectError) return error.message;
  const what = code !== undefined && isTlsFault(code) ? 'TLS failed' : 'no connection or answer';
  return `${what}: ${errorMessage(error)}${code === undefined ? '' : ` (${code})`}`;
}

/** Node's errors may hold the bytes that could not be parsed, which no log line needs. */
function plain(error: unknown, code: string | undefined): Error {
  const copy = new Error(errorMessage(error));
  if (error instanceof Error && error.stack !== undefined) copy.stack = error.stack;
  return code === undefined ? copy : Object.assign(copy, { code });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

const isTlsFault = (code: string): boolean => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code);
