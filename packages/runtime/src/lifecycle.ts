import type { Logger } from './logger.ts';

type Release = () => void | Promise<void>;

/**
 * Who acquires registers the release; all releases run, last first, each in its own try, and at most once.
 *
 * ```ts
 * const releasers = new Releasers(logger);
 * const server = await listen(); releasers.add('server', () => server.close());
 * await releasers.releaseAll();
 * ```
 */
export class Releasers {
  readonly #logger: Logger;
  #entries: { name: string; release: Release }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, release: Release): void {
    this.#entries.push({ name, release });
  }

  async releaseAll(): Promise<void> {
    const entries = this.#entries.reverse();
    this.#entries = [];
    for (const { name, release } of entries) {
      try {
        await release();
      } catch (error) {
        this.#logger.warn({ err: error, name }, 'a release failed; the others go on');
      }
    }
  }
}

export interface Stoppable {
  /** Finish or hand over what runs, then stop. */
  drain(): Promise<void>;
  /** Stop now. */
  kill(): Promise<void>;
  /** Stop now because of a bug, which what runs may have set off; `kill` when left out. */
  crash?(): Promise<void>;
}

export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(mishap: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
}

/**
 * The stops of a process: the first SIGTERM or SIGINT drains, with `graceMs` until it turns into a kill; a second
 * signal kills at once. An exception that nobody caught leaves things half done: the process stops as well as it can. A
 * rejection that nobody waited for concerns one piece of work, and is only told. Resolves with the exit code when the
 * process may go.
 */
export function untilStopped(
  signals: SignalSource,
  app: Stoppable,
  { graceMs, logger }: { graceMs: number; logger: Logger },
): Promise<number> {
  return new Promise((resolve) => {
    let count = 0;
    let crashed: Promise<void> | undefined;
    let deadline: NodeJS.Timeout | undefined;
    const kill = (why: string) => {
      logger.warn({ why }, 'stopping now');
      clearTimeout(deadline);
      app.kill().then(
        () => resolve(1),
        () => resolve(1),
      );
    };
    const onSignal = (signal: string) => {
      count += 1;
      if (count === 2) kill(`second signal (${signal})`);
      if (count > 1) return;
      logger.info({ signal, graceMs }, 'draining');
      deadline = setTimeout(() => kill('grace period over'), graceMs);
      app.drain().then(
        () => {
          clearTimeout(deadline);
          resolve(0);
        },
        (error: unknown) => {
          clearTimeout(deadline);
          logger.error({ err: error }, 'draining failed');
          resolve(1);
        },
      );
    };
    signals.on('unhandledRejection', (error) => {
      logger.error({ err: error }, 'a rejection that nobody waited for; the process goes on');
    });
    signals.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'an exception that nobody caught; the process stops');
      crashed ??= (app.crash?.() ?? app.kill()).then(
        () => resolve(1),
        () => resolve(1),
      );
    });
    signals.on('SIGTERM', () => onSignal('SIGTERM'));
    signals.on('SIGINT', () => onSignal('SIGINT'));
  });
}
