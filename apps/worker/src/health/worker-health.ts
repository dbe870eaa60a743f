import { checkTools } from '@trtc-recorder/media';
import type { Logger } from '@trtc-recorder/runtime';
import type { Config } from '../config.ts';
import type { WorkerInstruments } from '../metrics/catalogue.ts';
import type { DirectoryCheck } from './directory-check.ts';
import { Health, type Check } from './health.ts';

const DIRECTORY_EVERY_MS = 10_000;
const TOOLS_EVERY_MS = 60_000;
/** A disk that is only slow for a moment must not cost the recordings on it a change of workers, ms. */
const HAND_OVER_AFTER_MS = 15_000;

/** Looks whether this machine has what a recording needs. Errors: SpoolFailed, ToolUnavailable, MachineExhausted. */
export async function checkMachine(config: Config, directory: DirectoryCheck): Promise<void> {
  await directory.prepare();
  await checkTools(tools(config));
}

/** Keeps looking, from now on. `startBrowser`: starts one that is usable, or throws. */
export function watchHealth(
  config: Config,
  parts: {
    directory: DirectoryCheck;
    startBrowser: () => Promise<void>;
    instruments: WorkerInstruments;
    logger: Logger;
  },
): Health {
  const { directory, startBrowser, instruments, logger } = parts;
  const checks: Check[] = [
    {
      name: 'directory',
      run: () => directory.run(),
      everyMs: DIRECTORY_EVERY_MS,
      handOverAfterMs: HAND_OVER_AFTER_MS,
    },
    { name: 'ffmpeg', run: () => checkTools(tools(config)), everyMs: TOOLS_EVERY_MS },
    { name: 'browser', run: startBrowser },
  ];
  const onChange = (check: string, passes: boolean) => instruments.health.set({ check }, passes ? 1 : 0);
  return new Health({ checks, logger, onChange });
}

const tools = (config: Config) => ({ ffmpegPath: config.FFMPEG_PATH, ffprobePath: config.FFPROBE_PATH });
