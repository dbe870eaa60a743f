import type { Logger } from '@trtc-recorder/runtime';

const KEPT = 5000;

export interface LogEntry {
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly what: string;
  readonly [fact: string]: unknown;
}

/** What happened in the signalling, newest last; the last 5000 entries are kept. */
export class EventLog {
  readonly #entries: LogEntry[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  note(what: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#entries.push({ at: Date.now(), what, ...facts });
    if (this.#entries.length > KEPT) this.#entries.splice(0, KEPT / 5);
    this.#logger.debug(facts, `rooms: ${what}`);
  }

  last(count: number): LogEntry[] {
    return this.#entries.slice(-count);
  }
}
