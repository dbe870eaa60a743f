import { existsSync } from 'node:fs';
import { foreground, output } from './run-command.mjs';

/** How this machine can be brought the missing programs: with apt right away, or by what a person is told. */
export function installer(platform = process.platform, uid = process.getuid?.()) {
  if (platform === 'linux' && existsSync('/usr/bin/apt-get')) {
    if (uid === 0) return { kind: 'apt', prefix: [] };
    if (output('sudo', ['-n', 'true']) !== null) return { kind: 'apt', prefix: ['sudo', '-n'] };
    return { kind: 'tell-apt' };
  }
  return { kind: platform === 'darwin' ? 'tell-brew' : 'tell' };
}

/** What a person is told who has to install the programs. */
export function advice(kind, missing) {
  const names = missing.map((program) => `  ${program.name}`).join('\n');
  const unique = (key) => [...new Set(missing.map((program) => program[key]))];
  const how = {
    'tell-apt': `sudo apt-get update && sudo apt-get install -y ${unique('apt').join(' ')}`,
    'tell-brew': unique('brew')
      .map((formula) => `brew install ${formula}`)
      .join(' && '),
    tell: `Install ${unique('apt').join(', ')} with your system's package manager, or set ${missing
      .map((program) => program.variable)
      .join(', ')} to where they are.`,
  };
  return `Missing on this machine:\n${names}\nInstall them and run the command again:\n  ${how[kind]}\nOr use Docker: docker compose --profile sandbox up (README, "Docker").`;
}

/** Installs Debian packages, saying which. apt waits for another apt that holds the lock. */
export async function aptInstall(prefix, packages, say) {
  say(`Installing with apt-get: ${packages.join(' ')} …`);
  const apt = (...args) => {
    const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300'];
    return foreground(command[0] ?? 'env', [...command.slice(1), ...args]);
  };
  const updated = await apt('update', '-qq');
  if (updated !== 0) return updated;
  return apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
}
