import { existsSync, readFileSync } from 'node:fs';
import { output } from './run-command.mjs';

/**
 * What a machine is, as far as installing programs is concerned.
 * @typedef {object} Platform
 * @property {'debian' | 'ubuntu' | 'macos' | 'other'} system
 * @property {readonly string[] | null} root prefix of a command that runs as root without asking; null: none does
 */

/**
 * `ID` and `ID_LIKE` of /etc/os-release. Ubuntu is apart because its Chromium is a snap, which reads no files in /tmp.
 * @param {string} osRelease
 * @returns {'debian' | 'ubuntu' | 'other'}
 */
export function linuxKind(osRelease) {
  const value = (/** @type {string} */ key) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = [value('ID'), ...value('ID_LIKE').split(' ')];
  if (ids[0] === 'ubuntu') return 'ubuntu';
  return ids.includes('debian') || ids.includes('ubuntu') ? 'debian' : 'other';
}

/** @returns {Platform} */
export function thisPlatform() {
  if (process.platform === 'darwin') return { system: 'macos', root: null };
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return { system: 'other', root: null };
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return { system: linuxKind(release), root: rootPrefix() };
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return output('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n'];
}
