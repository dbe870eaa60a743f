import { errorCatalogue, faultOrigin } from '@trtc-recorder/contracts';
import { AppError, errorMessage, isExhaustion, systemCode } from './app-error.ts';

/**
 * Whether the machine is at fault, so that the same work can succeed on another one, or on this one once it is repaired.
 * An error that was narrowed to "no retry helps" at its place is final.
 */
export const isMachineFault = ({ code, retryable }: AppError): boolean =>
  faultOrigin[code] === 'machine' && retryable === errorCatalogue[code].retryable;

/** Whether the system itself refused something, such as ENOENT of a program to start. */
export const isSystemError = (error: unknown): boolean =>
  systemCode(error) !== undefined && typeof error === 'object' && error !== null && 'syscall' in error;

/** Why a program could not be started: it is not there or may not be run, or the machine has no process left for it. */
export const startFault = (program: string, cause: unknown): AppError =>
  new AppError(
    isExhaustion(cause) ? 'MachineExhausted' : 'ToolUnavailable',
    `${program} could not be started: ${errorMessage(cause)}`,
    { cause },
  );

/** Exit codes of a program that the system's loader or shell could not run. */
const NOT_RUN: ReadonlySet<unknown> = new Set([126, 127]);

/**
 * What the end of ffmpeg or ffprobe says about the machine: it was killed from outside, as for its memory, or never ran.
 * Undefined: nothing, the tool itself ended like this.
 */
export function toolEndFault(end: {
  exitCode?: number | null | undefined;
  signal?: string | null | undefined;
}): 'MachineExhausted' | 'ToolUnavailable' | undefined {
  if (end.signal === 'SIGKILL' || end.signal === 'SIGTERM') return 'MachineExhausted';
  return NOT_RUN.has(end.exitCode) ? 'ToolUnavailable' : undefined;
}
