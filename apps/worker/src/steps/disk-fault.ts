import type { AppError } from '@trtc-recorder/runtime';

/** Whether a disk is at fault that may be better later: full, or a share that is away. Nothing on it is lost by waiting. */
export const isOfDisk = ({ code, retryable }: AppError): boolean =>
  code === 'SpoolFull' || (code === 'SpoolFailed' && retryable);
