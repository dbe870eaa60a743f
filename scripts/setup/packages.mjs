import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { foreground } from './run-command.mjs';

/** @typedef {Record<string, { version?: string, optional?: boolean, peer?: boolean }>} LockedPackages */

/**
 * Whether a package that the lock file wants everywhere is not installed in that version. Optional ones are left out:
 * they are for other platforms.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 */
export const packagesDiffer = (wanted, installed) =>
  Object.entries(wanted).some(
    ([name, entry]) => name !== '' && !entry.optional && !entry.peer && installed[name]?.version !== entry.version,
  );

/**
 * npm writes what it installed to node_modules/.package-lock.json, last of all: an `npm ci` that broke off counts as none.
 * @param {string} root
 */
export function packagesMissing(root) {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  /** @param {string} file @returns {LockedPackages} */
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  return packagesDiffer(packages(path.join(root, 'package-lock.json')), packages(installed));
}

/**
 * Installs the npm packages of the lock file when they are not there. No dependency needs its install script (all
 * binaries come as packages of their own), so none is run: the same on every version of npm, and nothing is fetched
 * from elsewhere.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function ensurePackages(root, say) {
  if (!packagesMissing(root)) return 0;
  say('Installing the npm packages of package-lock.json (npm ci) …');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  return foreground('npm', ['ci', ...quiet, '--prefix', root]);
}
