import { launchRoomBrowser } from '@trtc-recorder/room';
import type { Logger, Releasers } from '@trtc-recorder/runtime';
import { Browsers } from './browsers/browsers.ts';
import type { Config } from './config.ts';
import { watchDisk, type Disk } from './disk/disk.ts';
import { DirectoryCheck } from './health/directory-check.ts';
import type { Health } from './health/health.ts';
import { checkMachine, watchHealth } from './health/worker-health.ts';
import type { WorkerMetrics } from './metrics/catalogue.ts';
import { workDirectory } from './settings.ts';

/** What a worker needs of the machine it runs on, and the watch over it. */
export interface MachineParts {
  readonly disk: Disk;
  readonly browsers: Browsers;
  readonly health: Health;
}

/**
 * Checks that this machine has what a recording needs, starts the browser, and keeps checking. Errors: SpoolFailed,
 * ToolUnavailable, MachineExhausted, BrowserUnavailable, BrowserLacksH264.
 */
export async function startMachine(
  config: Config,
  { metrics, releasers, logger }: { metrics: WorkerMetrics; releasers: Releasers; logger: Logger },
): Promise<MachineParts> {
  const { instruments } = metrics;
  const directory = new DirectoryCheck(workDirectory(config));
  await checkMachine(config, directory);
  const disk = await watchDisk(config, directory, { instruments, logger });
  releasers.add('disk', () => disk.stop());
  let watch: Health | null = null;
  const launch = async () => {
    instruments.browserStarts.inc();
    try {
      const browser = await launchRoomBrowser(browserOptions(config, logger));
      watch?.passed('browser');
      return browser;
    } catch (error) {
      watch?.failed('browser', error);
      throw error;
    }
  };
  const browsers = new Browsers(launch, { logger, spare: config.SPARE_BROWSER });
  releasers.add('browser', () => browsers.close());
  await browsers.start();
  const health = watchHealth(config, { directory, startBrowser: () => browsers.prove(), instruments, logger });
  watch = health;
  releasers.add('health', () => health.stop());
  return { disk, browsers, health };
}

const browserOptions = (config: Config, logger: Logger) => ({
  chromiumPath: config.CHROMIUM_PATH || undefined,
  chromiumArgs: config.CHROMIUM_ARGS,
  redirectScript: config.TRTC_REDIRECT_SCRIPT || undefined,
  joinTimeoutMs: config.JOIN_TIMEOUT_MS,
  decode: config.DECODE,
  logger,
});
