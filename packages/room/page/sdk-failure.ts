import type { SdkFailure } from '../src/page-protocol.ts';

/** Anything the SDK throws, in its own numbers. */
export function toFailure(error: unknown): SdkFailure {
  const { code, extraCode, message } = error as { code?: unknown; extraCode?: unknown; message?: unknown };
  return {
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof extraCode === 'number' ? { extraCode } : {}),
    message: typeof message === 'string' ? message : String(error),
  };
}
