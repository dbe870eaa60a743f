/** What BullMQ is told of an attempt that failed, with the time until the next one. */
export class FailedAttempt extends Error {
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.delayMs = delayMs;
  }
}
