import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@trtc-recorder/runtime';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const DIRECTORIES = ['/usr/bin', '/usr/local/bin', '/opt/google/chrome', '/snap/bin'];

const executable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The configured Chromium, or the system's. */
export async function findChromium(configured: string | undefined): Promise<string> {
  const candidates = configured
    ? [configured]
    : DIRECTORIES.flatMap((directory) => NAMES.map((name) => path.join(directory, name)));
  for (const file of candidates) if (await executable(file)) return file;
  throw new AppError('BrowserUnavailable', `no executable Chromium at ${candidates.join(', ')}`);
}

const DISABLED_FEATURES = [
  // Lets a loopback room see our address.
  'WebRtcHideLocalIpsWithMdns',
  // Pages of Chromium's own window, loaded again for every browser context: 1 s of CPU and 80 MB for each recording.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'PreloadTopChromeWebUI',
  // These ask clients2.google.com for the time and optimizationguide-pa.googleapis.com for models.
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'OptimizationGuideModelDownloading',
];

/**
 * Chromium asks accounts.google.com for accounts, and update.googleapis.com for components that a feature wants at once
 * (also with --disable-component-update). Port 9 is one to which it opens no connection.
 */
const NOWHERE = 'http://127.0.0.1:9/';

const FEATURES_OFF = '--disable-features=';

/** Of several such lists Chromium applies the last alone. */
const withoutFeatures = (extra: readonly string[]): string[] => {
  const asked = extra.filter((arg) => arg.startsWith(FEATURES_OFF)).map((arg) => arg.slice(FEATURES_OFF.length));
  const others = extra.filter((arg) => !arg.startsWith(FEATURES_OFF));
  return [`${FEATURES_OFF}${[...DISABLED_FEATURES, ...asked].join(',')}`, ...others];
};

/**
 * Arguments of a capture browser. Nothing is throttled because no window is in front; audio is decoded but not played;
 * no traffic but the recording's (packages/room/test/traffic.test.ts). Chromium's own sandbox cannot run as root, so only there it is off.
 */
export const chromiumArgs = (options: {
  readonly profileDir: string;
  readonly extra: readonly string[];
  readonly isRoot: boolean;
}): string[] => [
  '--remote-debugging-pipe',
  `--user-data-dir=${options.profileDir}`,
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  `--component-updater=url-source=${NOWHERE}`,
  `--gaia-url=${NOWHERE}`,
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-extensions',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  ...(options.isRoot ? ['--no-sandbox'] : []),
  ...withoutFeatures(options.extra),
  '--no-startup-window',
];
