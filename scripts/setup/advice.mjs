/** @import { Platform } from './platform.mjs' */
/** @import { Program } from './programs.mjs' */

const CHROME_DEB = 'google-chrome-stable_current_amd64.deb';

/** Ubuntu's package of Chromium only installs the snap, so Google's own package is named there. */
const UBUNTU_CHROME = `curl -fLO https://dl.google.com/linux/direct/${CHROME_DEB} && sudo apt-get install -y ./${CHROME_DEB}`;

/**
 * The packages that apt may be asked for.
 * @param {Platform['system']} system
 * @param {readonly Program[]} missing
 */
export const aptPackages = (system, missing) => [
  ...new Set(missing.map(({ apt }) => apt).filter((name) => !(system === 'ubuntu' && name === 'chromium'))),
];

/**
 * What a person is told who has to install the programs.
 * @param {Platform['system']} system
 * @param {readonly Program[]} missing
 */
export function advice(system, missing) {
  const names = missing.map((program) => `  - ${program.name}`);
  const commands = how(system, missing).map((line) => `  ${line}`);
  return [
    'Missing on this machine:',
    ...names,
    'Install it and run the command again:',
    ...commands,
    `Where it is installed already, name the path: ${missing.map(({ variable }) => `${variable}=…`).join(' ')}`,
    'Or use Docker: docker-compose.yml says how (sandbox, and the real thing).',
  ].join('\n');
}

/**
 * @param {Platform['system']} system
 * @param {readonly Program[]} missing
 */
function how(system, missing) {
  if (system === 'macos') return [...new Set(missing.map(({ brew }) => `brew install ${brew}`))];
  if (system === 'other') return missing.map(({ name }) => `${name}, with your system's package manager`);
  const packages = aptPackages(system, missing);
  const apt = packages.length === 0 ? [] : [`sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`];
  const chrome = system === 'ubuntu' && missing.some((program) => program.apt === 'chromium') ? [UBUNTU_CHROME] : [];
  return [...apt, ...chrome];
}
