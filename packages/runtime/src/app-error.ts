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

/** Anything thrown as an AppError; what is not one already becomes `InternalError`. */
export const toAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('InternalError', errorMessage(error), { cause: error });

/** The message of anything thrown. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
