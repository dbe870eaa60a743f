import { errorCatalogue, type Blame, type ErrorCode } from '@trtc-recorder/contracts';

/**
 * An error whose meaning is decided where the fact is known: `code` is an entry of the error catalogue, which says
 * whose fault it is and whether a retry can help. `retryable` may be narrowed for one occurrence (never widened
 * silently: say why at the place).
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retryable: boolean;
  /** Facts for the log; never secrets. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    const entry = errorCatalogue[code];
    this.code = code;
    this.blame = entry.blame;
    this.retryable = options.retryable ?? entry.retryable;
    this.details = options.details ?? {};
  }
}

/** Errors of the system that mean: no file descriptor, process or memory is left. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/**
 * Anything thrown as an AppError. A system error that says that the machine has run out of something becomes
 * `MachineExhausted`, any other `InternalError`.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = isExhaustion(error) ? 'MachineExhausted' : 'InternalError';
  return new AppError(code, errorMessage(error), { cause: error });
}

/** Whether a system error says that no file descriptor, process or memory is left. */
export const isExhaustion = (error: unknown): boolean => EXHAUSTED.has(systemCode(error));

/** The system's name of an error, such as ENOENT; undefined: it is none of the system's. */
export const systemCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** The message of anything thrown. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
