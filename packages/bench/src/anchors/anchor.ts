import type { Action } from '../case.ts';

/** An anchor that does what it is told. */
export interface BenchAnchor {
  /** Resolves when it has been done. */
  act(action: Action): Promise<void>;
  /** The wall clock, ms since the Unix epoch, of its media time 0: flashes and beeps begin whole seconds later. */
  mediaStartMs(): Promise<number>;
  close(): Promise<void>;
}
