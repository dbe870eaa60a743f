import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '@trtc-recorder/runtime';
import { LOUDNESS_METER, readLoudness } from '../../src/probe/loudness.ts';
import { runFfmpeg } from '../../src/produce/run-ffmpeg.ts';
import { runTool } from '../../src/probe/run-tool.ts';
import { withoutDescriptors } from '../helpers/descriptors.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'run ffmpeg $(x) -'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const tone = (seconds: number) => ({ path: `sine=frequency=440:duration=${seconds}`, options: ['-f', 'lavfi'] });

describe('ffmpeg', () => {
  test('makes a file, tells its progress and cares for no character of a path', async () => {
    const output = path.join(directory, '-i "; 中文.wav');
    const times: number[] = [];
    const job = { inputs: [tone(5)], options: ['-y', '-f', 'wav'], output };
    await runFfmpeg(job, { onTime: (ms) => times.push(ms) });
    expect((await stat(output)).size).toBeGreaterThan(5 * 44_100);
    expect(times.at(-1)).toBeCloseTo(5000, -2);
  });

  test('gives what its filters print: how loud each second is', async () => {
    const options = ['-y', '-af', `aresample=48000,${LOUDNESS_METER}`, '-f', 'wav'];
    const printed = await runFfmpeg({ inputs: [tone(150)], options, output: path.join(directory, 'loud.wav') });
    const levels = readLoudness(printed);
    expect(levels).toHaveLength(150);
    // lavfi's sine has an amplitude of 1/8.
    for (const level of levels) expect(Math.abs(level - -21.1)).toBeLessThan(0.5);
  });

  test('tells everything when it fails', async () => {
    const job = {
      inputs: [{ path: path.join(directory, 'missing.mkv'), options: [] }],
      options: ['-f', 'null'],
      output: '-',
    };
    const error = await runFfmpeg(job).catch((thrown: unknown) => thrown as AppError);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'ConvertFailed',
      message: expect.stringContaining('No such file or directory'),
      details: { exitCode: 1, command: expect.stringContaining('missing.mkv'), stderrTail: expect.any(Array) },
    });
  });

  test('tells when it cannot be started', async () => {
    const job = { inputs: [tone(1)], options: ['-f', 'null'], output: '-' };
    const options = { ffmpegPath: path.join(directory, 'no-ffmpeg') };
    await expect(runFfmpeg(job, options)).rejects.toMatchObject({ code: 'ToolUnavailable' });
    // fluent-ffmpeg remembers the path for all commands.
    await runFfmpeg(job, { ffmpegPath: '/usr/bin/ffmpeg' });
  });

  test('tells a full disk from other failures', async () => {
    const job = { inputs: [tone(60)], options: ['-y', '-f', 'wav'], output: '/dev/full' };
    await expect(runFfmpeg(job)).rejects.toMatchObject({ code: 'SpoolFull' });
  });

  test('without a free file descriptor the machine is exhausted, and this process lives', async () => {
    const job = { inputs: [tone(1)], options: ['-y', '-f', 'wav'], output: path.join(directory, 'later.wav') };
    const [made, looked] = await withoutDescriptors(() =>
      Promise.allSettled([runFfmpeg(job), runTool('ffprobe', ['-version'])]),
    );
    expect(made).toMatchObject({ status: 'rejected', reason: { code: 'MachineExhausted' } });
    expect(looked).toMatchObject({ status: 'rejected', reason: { code: 'MachineExhausted' } });
    await runFfmpeg(job);
  });

  test('killed from outside, as for its memory, is no fault of the recording', async () => {
    const kills = path.join(directory, 'killed');
    await writeFile(kills, '#!/bin/sh\ncase "$*" in *out.wav*) kill -9 $$;; *) exec ffmpeg "$@";; esac\n', {
      mode: 0o755,
    });
    const job = { inputs: [tone(1)], options: ['-y', '-f', 'wav'], output: path.join(directory, 'out.wav') };
    await expect(runFfmpeg(job, { ffmpegPath: kills })).rejects.toMatchObject({
      code: 'MachineExhausted',
      message: 'ffmpeg failed: SIGKILL',
    });
  });

  test('is gone soon after it is aborted', async () => {
    const abort = new AbortController();
    const job = { inputs: [tone(100_000)], options: ['-y', '-f', 'wav'], output: path.join(directory, 'long.wav') };
    const reason = new Error('enough');
    const running = runFfmpeg(job, { signal: abort.signal, onTime: () => abort.abort(reason) });
    await expect(running).rejects.toBe(reason);
    const { size } = await stat(job.output);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await stat(job.output)).size).toBe(size);
  });

  test('is not started when aborted before', async () => {
    const job = { inputs: [tone(1)], options: ['-f', 'null'], output: '-' };
    const reason = new Error('before');
    await expect(runFfmpeg(job, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
