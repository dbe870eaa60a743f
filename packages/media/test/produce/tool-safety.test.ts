import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@trtc-recorder/runtime';
import { runTool } from '../../src/probe/run-tool.ts';
import { runFfmpeg } from '../../src/produce/run-ffmpeg.ts';
import { openSpool } from '../../src/index.ts';

let dir = '';
let spy = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tool-safety-'));
  // Notes what it is started with, and is ffmpeg then.
  spy = path.join(dir, 'ffmpeg');
  await writeFile(spy, `#!/bin/sh\nenv >> ${dir}/env; echo "$@" >> ${dir}/args\nexec ffmpeg "$@"\n`);
  await chmod(spy, 0o755);
  process.env['PAYLOAD_KEY'] = 'SECRET';
  process.env['TENCENTCLOUD_SECRET_KEY'] = 'SECRET';
});
afterAll(async () => {
  delete process.env['PAYLOAD_KEY'];
  delete process.env['TENCENTCLOUD_SECRET_KEY'];
  await rm(dir, { recursive: true, force: true });
});

describe('ffmpeg and ffprobe', () => {
  test('get of the environment only PATH', async () => {
    const tone = { path: 'sine=duration=1', options: ['-f', 'lavfi'] };
    const output = path.join(dir, 'tone.wav');
    await runFfmpeg({ inputs: [tone], options: ['-y', '-f', 'wav'], output }, { ffmpegPath: spy });
    await runTool(spy, ['-v', 'error', '-i', output, '-f', 'null', '-']);
    const names = new Set((await readFile(path.join(dir, 'env'), 'utf8')).match(/^\w+(?==)/gm));
    // PWD and its kin are the shell's own.
    for (const own of ['PWD', 'OLDPWD', 'SHLVL', '_']) names.delete(own);
    expect([...names]).toEqual(['PATH']);
  });

  test('open no network and no other protocol, whatever a file names', async () => {
    // A playlist that was taken for a recording would have ffmpeg fetch what it names.
    const list = path.join(dir, 'list.ffconcat');
    await writeFile(list, "ffconcat version 1.0\nfile 'http://127.0.0.1:9/secret'\n");
    const input = { path: list, options: ['-f', 'concat', '-safe', '0'] };
    const job = { inputs: [input], options: ['-y', '-f', 'null'], output: '-' };
    const message = await runFfmpeg(job).then(
      () => '',
      (error: unknown) => JSON.stringify((error as { details: unknown }).details),
    );
    expect(message).toMatch(/whitelist/);
    await expect(runTool('ffprobe', ['-f', 'concat', '-safe', '0', list])).rejects.toMatchObject({
      details: { stderrTail: expect.arrayContaining([expect.stringMatching(/whitelist/)]) },
    });
  });
});

test('a spool is for the user of this process only', async () => {
  const previous = process.umask(0o022);
  const spoolDir = path.join(dir, 'spool');
  try {
    await openSpool({ dir: spoolDir, logger: silentLogger() });
    expect((await stat(spoolDir)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(spoolDir, 'journal.ndjson'))).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(previous);
  }
});
