import { AppError, errorMessage } from '@trtc-recorder/runtime';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The system's name of an error, such as ENOENT. */
export const errorCode = (error: unknown): string | undefined => {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** What a failed file operation means: the disk is full, or it cannot be used at all. */
export const spoolFault = (error: unknown, doing: string): AppError => {
  if (error instanceof AppError) return error;
  const code = errorCode(error);
  const full = code !== undefined && FULL.has(code);
  return new AppError(full ? 'SpoolFull' : 'SpoolFailed', `${doing}: ${errorMessage(error)}`, {
    cause: error,
    details: { code },
  });
};
