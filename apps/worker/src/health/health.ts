import { toAppError, type AppError, type Logger } from '@trtc-recorder/runtime';
import type { RecordingWorker } from '@trtc-recorder/queue';

export const CHECKS = ['directory', 'browser', 'ffmpeg'] as const;
export type CheckName = (typeof CHECKS)[number];

/** Something on this machine without which no recording can be brought to its end. */
export interface Check {
  readonly name: CheckName;
  /** Throws when the machine cannot do it. */
  readonly run: () => Promise<void>;
  /** How often it is run while it passes, ms; absent: only when a recording met a fault. */
  readonly everyMs?: number;
  /** How long it may fail until what runs is handed over too, ms; absent: what runs goes on. */
  readonly handOverAfterMs?: number;
}

type Queue = Pick<RecordingWorker, 'closeIntake' | 'openIntake' | 'handOver'>;

export interface HealthOptions {
  readonly checks: readonly Check[];
  readonly logger: Logger;
  /** Called for each check when it is known, and whenever that changes. */
  readonly onChange: (name: CheckName, passes: boolean) => void;
  /** How often a check that fails is run again, ms. */
  readonly againMs?: number;
}

const AGAIN_MS = 3_000;

interface Failure {
  readonly error: AppError;
  readonly since: number;
  handedOver: boolean;
}

/**
 * Whether this machine can bring recordings to their end. While one check fails the worker takes none, so that others
 * have them; it takes them again by itself when the check passes.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #againMs: number;
  readonly #failures = new Map<CheckName, Failure>();
  readonly #running = new Map<CheckName, Promise<void>>();
  readonly #timers = new Map<CheckName, NodeJS.Timeout>();
  #queue: Queue | null = null;
  #stopped = false;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#againMs = options.againMs ?? AGAIN_MS;
    for (const check of options.checks) {
      options.onChange(check.name, true);
      this.#schedule(check);
    }
  }

  /** Why no recording can be taken here; null: all checks pass. */
  get reason(): string | null {
    const failures = [...this.#failures.values()];
    return failures.length === 0 ? null : failures.map(({ error }) => error.message).join('; ');
  }

  /** The worker takes jobs from now on. */
  serving(queue: Queue): void {
    this.#queue = queue;
    if (this.#failures.size > 0) queue.closeIntake();
  }

  /** Whether a check fails, by which it is known that this machine is at fault. */
  fails(name: CheckName): boolean {
    return this.#failures.has(name);
  }

  /** A recording met a fault of the machine: all checks that can find it are run now. Resolves when they have. */
  async look(names: readonly CheckName[] = CHECKS): Promise<void> {
    await Promise.all(
      this.#options.checks.filter(({ name }) => names.includes(name)).map((check) => this.#check(check)),
    );
  }

  /** What a check would find is known already: a browser that did not start. */
  failed(name: CheckName, error: unknown): void {
    if (this.#stopped) return;
    const fault = toAppError(error);
    const before = this.#failures.get(name);
    this.#failures.set(name, { since: performance.now(), handedOver: false, ...before, error: fault });
    if (before !== undefined) return;
    this.#options.logger.error(
      { check: name, code: fault.code, err: fault },
      'a health check failed: this worker takes no recordings until it passes',
    );
    this.#options.onChange(name, false);
    this.#queue?.closeIntake();
    const check = this.#options.checks.find((one) => one.name === name);
    if (check !== undefined) this.#schedule(check);
  }

  passed(name: CheckName): void {
    const failure = this.#failures.get(name);
    if (failure === undefined || this.#stopped) return;
    this.#failures.delete(name);
    this.#options.onChange(name, true);
    const failedForMs = Math.round(performance.now() - failure.since);
    this.#options.logger.info({ check: name, failedForMs }, 'a health check passes again');
    if (this.#failures.size === 0) this.#queue?.openIntake();
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Those who ask while it runs wait for the same. */
  #check(check: Check): Promise<void> {
    const running = this.#running.get(check.name) ?? this.#run(check);
    this.#running.set(check.name, running);
    return running;
  }

  async #run(check: Check): Promise<void> {
    try {
      await check.run();
      this.passed(check.name);
    } catch (error) {
      this.failed(check.name, error);
      this.#handOverInTime(check);
    } finally {
      this.#running.delete(check.name);
      this.#schedule(check);
    }
  }

  #handOverInTime({ name, handOverAfterMs = Infinity }: Check): void {
    const failure = this.#failures.get(name);
    if (failure === undefined || failure.handedOver || performance.now() - failure.since < handOverAfterMs) return;
    failure.handedOver = true;
    this.#options.logger.warn({ check: name }, 'the check goes on failing: handing over the recordings that run here');
    this.#queue?.handOver().catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'could not hand over');
    });
  }

  #schedule(check: Check): void {
    clearTimeout(this.#timers.get(check.name));
    const ms = this.#failures.has(check.name) ? this.#againMs : check.everyMs;
    if (ms === undefined || this.#stopped) return;
    this.#timers.set(check.name, setTimeout(() => void this.#check(check), ms).unref());
  }
}
