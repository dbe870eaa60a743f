import type { RecordingResult } from '@trtc-recorder/contracts';

/** One attempt to POST the result of one recording. */
export interface Callback {
  readonly requestId: string;
  readonly url: string;
  /** Scheme, host and port: what may be shown and logged of the URL. */
  readonly origin: string;
  readonly result: RecordingResult;
  /** `result` as it is to be sent: the same bytes in every attempt. */
  readonly body: string;
  /** The same in every attempt: a receiver knows a repetition by it. */
  readonly eventId: string;
  /** 1 for the first. */
  readonly attempt: number;
  log(line: string): Promise<void>;
  /**
   * Gives the callback back for `delayMs` without counting an attempt: rejects always; let that pass. `resting`: because
   * the receiver failed or asked for it, which counts against the time the callback is tried.
   */
  postpone(delayMs: number, why: { readonly resting: boolean }): Promise<never>;
}
