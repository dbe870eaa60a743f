import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@trtc-recorder/runtime';
import { startWorker } from '../src/app.ts';
import { ConfigSchema } from '../src/config.ts';
import { DirectoryCheck } from '../src/health/directory-check.ts';

const run = promisify(execFile);
const isRoot = process.geteuid?.() === 0;

let root: string;
const mounts: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'directory-'));
  await chmod(root, 0o755);
});
afterEach(async () => {
  for (const mount of mounts.splice(0)) await run('umount', [mount]);
  await rm(root, { recursive: true });
});

/** A file system of its own; false where this test may not mount one. */
async function mounted(dir: string, options: string): Promise<boolean> {
  await mkdir(dir);
  const done = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir]).then(
    () => true,
    () => false,
  );
  if (done) mounts.push(dir);
  return done;
}

const at = (...names: string[]): string => path.join(root, ...names);
const check = (dir: string) => new DirectoryCheck(dir).prepare();

test('a directory that is missing is made, with those above it, and nothing is left in it', async () => {
  await check(at('a', 'b', 'c'));
  expect(await readdir(at('a', 'b', 'c'))).toEqual([]);
});

describe('a directory that cannot be used: one sentence with user, path, cause and cure', () => {
  const uid = process.geteuid?.();
  test('a file', async () => {
    await writeFile(at('file'), '');
    await expect(check(at('file'))).rejects.toMatchObject({
      code: 'SpoolFailed',
      message: expect.stringMatching(
        `^WORK_DIR=${at('file')} cannot be used by uid ${uid}: .*ENOTDIR: .*: name a directory, not a file$`,
      ),
    });
  });
  test('below a file', async () => {
    await writeFile(at('file'), '');
    await expect(check(at('file', 'under'))).rejects.toMatchObject({ message: expect.stringMatching(/ENOTDIR/) });
  });
  test('under /proc, where a recursive mkdir never returns', async () => {
    await expect(check('/proc/x')).rejects.toMatchObject({
      code: 'SpoolFailed',
      message: expect.stringMatching(/^WORK_DIR=\/proc\/x cannot be used by uid \d+: .*ENOENT: .*mount its volume$/),
    });
    await expect(check('/proc/x/y')).rejects.toMatchObject({ code: 'SpoolFailed' });
  });
  test('a link that leads to itself', async () => {
    await symlink(at('loop'), at('loop'));
    await expect(check(at('loop'))).rejects.toMatchObject({ message: expect.stringMatching(/ELOOP.*circle/) });
  });
  (isRoot ? test : test.skip)('mounted read-only', async () => {
    if (!(await mounted(at('ro'), 'ro,size=1m'))) return;
    await expect(check(at('ro'))).rejects.toMatchObject({ message: expect.stringMatching(/EROFS.*for writing$/) });
  });
  (isRoot ? test : test.skip)('of another user', async () => {
    await mkdir(at('of-root'), { mode: 0o755 });
    process.seteuid?.(65_534);
    try {
      await expect(check(at('of-root'))).rejects.toMatchObject({
        message: expect.stringMatching(
          `cannot be used by uid 65534: .*EACCES.*: chown -R 65534:\\d+ ${at('of-root')}$`,
        ),
      });
    } finally {
      process.seteuid?.(0);
    }
  });
  test('that is gone while the worker runs; it passes when it is back', async () => {
    const directory = new DirectoryCheck(at('share'));
    await directory.prepare();
    await rm(at('share'), { recursive: true });
    await expect(directory.run()).rejects.toMatchObject({ code: 'SpoolFailed', details: { code: 'ENOENT' } });
    await mkdir(at('share'));
    await directory.run();
  });
});

(isRoot ? test : test.skip)('a full one is not broken: what lies on it has to be delivered', async () => {
  if (!(await mounted(at('full'), 'size=64k'))) return;
  await writeFile(at('full', 'media'), Buffer.alloc(70_000)).catch(() => undefined);
  const directory = new DirectoryCheck(at('full'));
  await directory.prepare();
  expect(directory.isFull).toBe(true);
  await rm(at('full', 'media'));
  await directory.run();
  expect(directory.isFull).toBe(false);
});

describe('a worker does not start', () => {
  const start = (env: Record<string, string>) =>
    startWorker(
      ConfigSchema.parse({ PAYLOAD_KEY: Buffer.alloc(32, 1).toString('base64'), METRICS_PORT: '0', ...env }),
      1,
      silentLogger(),
    );
  test('without a WORK_DIR that can be written', async () => {
    await expect(start({ WORK_DIR: '/proc/x' })).rejects.toMatchObject({ code: 'SpoolFailed' });
  });
  test('without ffprobe', async () => {
    await expect(start({ WORK_DIR: at('work'), FFPROBE_PATH: '/nowhere/ffprobe' })).rejects.toMatchObject({
      code: 'ToolUnavailable',
    });
  }, 60_000);
});
