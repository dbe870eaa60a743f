import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { advice, aptPackages } from '../../scripts/setup/advice.mjs';
import { packagesDiffer } from '../../scripts/setup/packages.mjs';
import { linuxKind } from '../../scripts/setup/platform.mjs';
import { find, programs } from '../../scripts/setup/programs.mjs';
import { namesAtLeast, parseVersion, type Version } from '../../scripts/setup/versions.mjs';

describe('versions', () => {
  test.each<[string, Version | null]>([
    ['v20.19.1', [20, 19, 1]],
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', [7, 0, 15]],
    ['Valkey server v=8.1.3', [8, 1, 3]],
    ['Chromium 156.0.8078.73 built on Debian GNU/Linux 12 (bookworm)', [156, 0, 8078]],
    ['10.2', [10, 2, 0]],
    ['no version', null],
  ])('in %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  test.each<[string | null, Version, boolean]>([
    ['6.2.0', [6, 2, 0], true],
    ['6.1.9', [6, 2, 0], false],
    ['7.0.0', [6, 2, 0], true],
    ['5.9.9', [6, 2, 0], false],
    ['6.10.0', [6, 2, 0], true],
    ['v20.18.3', [20, 19, 0], false],
    ['v20.19.0', [20, 19, 0], true],
    [null, [0, 0, 0], false],
    ['', [0, 0, 0], false],
  ])('%j is at least %j: %j', (text, floor, expected) => {
    expect(namesAtLeast(text, floor)).toBe(expected);
  });
});

describe('which system it is', () => {
  test.each([
    ['debian', 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'],
    ['ubuntu', 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'],
    ['debian', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'],
    ['other', 'ID=fedora\nVERSION_ID=43\n'],
    ['other', ''],
  ])('%s', (kind, osRelease) => {
    expect(linuxKind(osRelease)).toBe(kind);
  });
});

describe('what a person is told', () => {
  const named = (...variables: string[]) => programs.filter((program) => variables.includes(program.variable));
  test.each([
    ['debian', 'sudo apt-get install -y redis-server ffmpeg chromium\n'],
    ['ubuntu', 'sudo apt-get install -y redis-server ffmpeg\n'],
    ['ubuntu', 'google-chrome-stable_current_amd64.deb'],
    ['macos', 'brew install --cask google-chrome\n'],
    ['other', "redis-server, 6.2 or later, with your system's package manager"],
  ] as const)('on %s: %j', (system, words) => {
    const text = advice(system, named('REDIS_SERVER_PATH', 'FFMPEG_PATH', 'FFPROBE_PATH', 'CHROMIUM_PATH'));
    expect(text).toContain(words);
    expect(text).toContain('CHROMIUM_PATH=…');
  });

  test('only what is missing is installed, each package once, and no snap on Ubuntu', () => {
    expect(aptPackages('debian', named('FFMPEG_PATH', 'FFPROBE_PATH'))).toEqual(['ffmpeg']);
    expect(aptPackages('ubuntu', named('CHROMIUM_PATH'))).toEqual([]);
    expect(advice('ubuntu', named('CHROMIUM_PATH'))).not.toContain('apt-get update');
  });
});

describe('whether npm packages are to be installed', () => {
  const wanted = { '': {}, 'node_modules/a': { version: '1.0.0' } };
  test.each([
    ['the same', wanted, { 'node_modules/a': { version: '1.0.0' } }, false],
    ['one is missing', wanted, {}, true],
    ['one is older', wanted, { 'node_modules/a': { version: '0.9.0' } }, true],
    ['a binary of another platform is missing', { 'node_modules/b': { version: '1.0.0', optional: true } }, {}, false],
    ['one too many does no harm', {}, { 'node_modules/c': { version: '1.0.0' } }, false],
  ])('%s', (_, want, have, expected) => {
    expect(packagesDiffer(want, have)).toBe(expected);
  });
});

describe('finding programs', () => {
  let dir = '';
  const redis = programs.find((program) => program.variable === 'REDIS_SERVER_PATH')!;
  const fake = async (name: string, text: string) => {
    await writeFile(path.join(dir, name), `#!/bin/sh\necho '${text}'\n`);
    await chmod(path.join(dir, name), 0o755);
  };
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'programs-'));
    await fake('redis-server', 'Redis server v=5.0.3');
    await fake('valkey-server', 'Valkey server v=8.0.1');
    await fake('my-redis', 'Redis server v=7.2.4');
  });
  afterAll(() => rm(dir, { recursive: true }));

  test('one that is too old is passed over for one that is good enough', () => {
    expect(find(redis, { PATH: dir })).toBe(path.join(dir, 'valkey-server'));
  });
  test('the environment has the word', () => {
    const named = path.join(dir, 'my-redis');
    expect(find(redis, { PATH: dir, REDIS_SERVER_PATH: named })).toBe(named);
  });
  test('a wrong name in the environment is not silently replaced', () => {
    expect(find(redis, { PATH: dir, REDIS_SERVER_PATH: path.join(dir, 'redis-server') })).toBeNull();
    expect(find(redis, { PATH: dir, REDIS_SERVER_PATH: '/nowhere/redis-server' })).toBeNull();
  });
  test('nothing found', () => {
    expect(find(redis, { PATH: '/nowhere' })).toBeNull();
  });
});
