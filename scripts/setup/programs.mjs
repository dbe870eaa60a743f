import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { output } from './run-command.mjs';
import { namesAtLeast } from './versions.mjs';

const ENCODERS = ['libx264', 'libmp3lame', 'libopus', 'aac', 'libvpx'];

/**
 * @typedef {object} Program
 * @property {string} name what a person is told
 * @property {string} variable environment variable that names its path
 * @property {readonly string[]} names where to look: on PATH, or absolute
 * @property {(file: string) => boolean} check whether the one found is good enough
 * @property {string} apt Debian's package
 * @property {string} brew arguments of `brew install`
 * @property {boolean} [optional]
 */

/** The programs the product runs. @type {readonly Program[]} */
export const programs = [
  {
    name: 'redis-server, 6.2 or later',
    variable: 'REDIS_SERVER_PATH',
    names: ['redis-server', 'valkey-server'],
    check: (file) => namesAtLeast(output(file, ['--version']), [6, 2, 0]),
    apt: 'redis-server',
    brew: 'redis',
  },
  {
    name: `ffmpeg with ${ENCODERS.join(', ')}`,
    variable: 'FFMPEG_PATH',
    names: ['ffmpeg'],
    check: (file) => {
      const encoders = output(file, ['-hide_banner', '-encoders']) ?? '';
      return ENCODERS.every((encoder) => encoders.includes(` ${encoder} `));
    },
    apt: 'ffmpeg',
    brew: 'ffmpeg',
  },
  {
    name: 'ffprobe',
    variable: 'FFPROBE_PATH',
    names: ['ffprobe'],
    check: (file) => output(file, ['-version']) !== null,
    apt: 'ffmpeg',
    brew: 'ffmpeg',
  },
  {
    // 141 is the first with RTCRtpScriptTransform, with which encoded frames are recorded. Whether it decodes H264 is
    // the worker's own check.
    name: 'Chromium (as Debian builds it) or Google Chrome, 141 or later',
    variable: 'CHROMIUM_PATH',
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    check: (file) => namesAtLeast(output(file, ['--version']), [141, 0, 0]),
    apt: 'chromium',
    brew: '--cask google-chrome',
  },
  {
    name: 'espeak-ng (speech for the test clips)',
    variable: 'ESPEAK_PATH',
    names: ['espeak-ng'],
    check: (file) => output(file, ['--version']) !== null,
    apt: 'espeak-ng',
    brew: 'espeak-ng',
    optional: true,
  },
];

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Path of a program on PATH (or the absolute one that was named), or null.
 * @param {string} name
 * @param {string} searchPath
 */
function which(name, searchPath) {
  if (path.isAbsolute(name)) return isExecutable(name) ? name : null;
  const candidates = searchPath.split(path.delimiter).map((directory) => path.join(directory, name));
  return candidates.find(isExecutable) ?? null;
}

/**
 * Where a program is, the environment's word first; null when it is missing or not good enough.
 * @param {Program} program
 * @param {NodeJS.ProcessEnv} env
 */
export function find(program, env) {
  const named = env[program.variable];
  const names = named ? [named] : program.names;
  for (const name of names) {
    const file = which(name, env.PATH ?? '');
    if (file !== null && program.check(file)) return file;
  }
  return null;
}
