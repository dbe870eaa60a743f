import { isMachineFault, type AppError } from '@trtc-recorder/runtime';

/** Whether a disk is at fault that may be better later: full, or a share that is away. Nothing on it is lost by waiting. */
export const isOfDisk = (error: AppError): boolean =>
  isMachineFault(error) && (error.code === 'SpoolFull' || error.code === 'SpoolFailed');

/** Whether this machine cannot run what makes the files, so that another one may. */
export const isOfTools = (error: AppError): boolean => isMachineFault(error) && !isOfDisk(error);
