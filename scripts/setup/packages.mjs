import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { foreground } from './run-command.mjs';

/**
 * npm writes what it installed to node_modules/.package-lock.json. The packages are in order when every package the
 * lock file wants for this platform is in it with the same version.
 */
export function packagesMissing(root) {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).some(
    ([name, entry]) => name !== '' && !entry.optional && !entry.peer && have[name]?.version !== entry.version,
  );
}

/** Installs the npm packages of the lock file when they are not there. No package needs its install script. */
export async function ensurePackages(root, say) {
  if (!packagesMissing(root)) return 0;
  say('Installing the npm packages of package-lock.json (npm ci) …');
  return foreground('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', root]);
}
