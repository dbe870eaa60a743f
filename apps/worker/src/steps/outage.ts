import type { AppError } from '@trtc-recorder/runtime';

/** Files that have to fail one after the other until the others of the round are left alone. */
const CERTAIN_AFTER = 3;

/**
 * How uploads do within one round of delivery. A COS that is down must not hold the worker's place for every single
 * file; one file that cannot be uploaded must not hold up the others either.
 */
export class Outage {
  #causes: AppError[] = [];

  /** After a failure the others are tried once each, without repetition. */
  get isSuspected(): boolean {
    return this.#causes.length > 0;
  }

  /** Why the others need not be tried in this round; undefined while they should be. */
  get certain(): AppError | undefined {
    return this.#causes[CERTAIN_AFTER - 1];
  }

  failed(cause: AppError): void {
    this.#causes.push(cause);
  }

  succeeded(): void {
    this.#causes = [];
  }
}
