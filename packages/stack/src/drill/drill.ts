import type { StackOptions } from '../stack.ts';
import type { Scene } from './scene.ts';

/** What a drill has to reach; ms are the worst of all runs. Whatever is left out isn't looked at. */
export interface Aims {
  /** Media that had reached the recorder and are in no file. */
  readonly mediaLostMs?: number;
  /** Nobody was in the room. */
  readonly gapMs?: number;
  /** Files and gaps against what was sent; 100 unless said. */
  readonly accountErrorMs?: number;
  /** Picture against sound; 120 unless said. */
  readonly skewMs?: number;
  /** Whether a callback may come twice (with the same event id; another id never may). */
  readonly repeatedCallbacks?: boolean;
  /** Whether an attempt of a job may be counted. */
  readonly failedAttempts?: boolean;
}

/** One fault, done over and over to a running product. */
export interface Drill {
  readonly name: string;
  /** What is done, in a sentence. */
  readonly about: string;
  readonly aims: Aims;
  /** Environment of the product's processes, beside what the stack gives them. */
  readonly env?: NonNullable<StackOptions['env']>;
  /** Does the fault `runs` times, and sees every recording to its end. The scene starts no worker by itself. */
  play(scene: Scene, runs: number): Promise<void>;
}
