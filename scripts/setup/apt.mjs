import { foreground } from './run-command.mjs';

/**
 * Debian starts what it installs; a Redis on the usual port is not wanted, the product starts its own. A policy of
 * 101 forbids it for the time of the installation, where the machine has no policy of its own.
 */
const WITHOUT_STARTING_SERVICES = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
"$@"`;

/** apt waits for another apt that holds the lock, and asks a mirror again that breaks off. */
const APT_GET = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];

/**
 * Installs Debian packages, saying which. Resolves with the exit code.
 * @param {readonly string[]} root prefix of a command that runs as root
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 */
export async function aptInstall(root, packages, say) {
  say(`Installing with apt-get: ${packages.join(' ')} …`);
  const [command = 'env', ...args] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c'];
  const run = (/** @type {string[]} */ ...words) =>
    foreground(command, [...args, WITHOUT_STARTING_SERVICES, 'sh', ...APT_GET, ...words]);
  // A repository of the machine's own that is down spoils the update's exit code, not what is needed here.
  if ((await run('update')) !== 0) say('apt-get update had errors; going on with the lists that are there.');
  return run('install', '-y', '--no-install-recommends', ...packages);
}
