import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyFile } from '../../src/probe/verify-file.ts';
import { run } from '../helpers/run.ts';

type Plan = Parameters<typeof verifyFile>[1];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'verify-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const pieceUntil = (endMs: number) => ({ startMs: 0, endMs }) as Plan['audio'][number];
const planned = (seconds: number, kinds: string, container: 'mp3' | 'mp4' = 'mp4'): Plan => ({
  container,
  startMs: 0,
  endMs: seconds * 1000,
  audio: kinds.includes('a') ? [pieceUntil(seconds * 1000)] : [],
  video: kinds.includes('v') ? [pieceUntil(seconds * 1000)] : [],
});

const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=4'];
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=15:duration=4'];
const H264 = ['-c:v', 'libx264', '-bf', '0', '-g', '30', '-pix_fmt', 'yuv420p'];

const FASTSTART = ['-movflags', '+faststart'];

const make = async (name: string, args: readonly string[]): Promise<string> => {
  const file = path.join(directory, name);
  await run('ffmpeg', ['-v', 'error', '-y', ...args, file]);
  return file;
};
const clip = (name: string, extra: readonly string[] = ['-movflags', '+faststart']) =>
  make(name, [...PICTURE, ...SOUND, ...H264, '-c:a', 'aac', ...extra]);

describe('a file that is right', () => {
  test('MP4', async () => {
    const findings = await verifyFile(await clip('right.mp4'), planned(4, 'av'));
    expect(findings).toMatchObject({
      width: 320,
      height: 240,
      streams: [{ codec: 'h264', packets: 60 }, { codec: 'aac' }],
    });
    expect(Math.abs(findings.durationMs - 4000)).toBeLessThan(50);
  });

  test('MP3', async () => {
    const file = await make('right.mp3', [...SOUND, '-c:a', 'libmp3lame', '-b:a', '128k']);
    const findings = await verifyFile(file, planned(4, 'a', 'mp3'));
    expect(Math.abs(findings.durationMs - 4000)).toBeLessThan(100);
  });
});

describe('a file is rejected', () => {
  const rejected = async (file: string, plan: Plan, reason: RegExp) => {
    const error = await verifyFile(file, plan).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'FileRejected', message: expect.stringMatching(reason) });
  };

  test('that is shorter than planned', async () =>
    rejected(await clip('a.mp4'), planned(5, 'av'), /ends at 4\d\d\d ms, not at 5000/));
  test('one of whose streams begins late', async () => {
    const file = await clip('early.mp4');
    const late = ['-itsoffset', '1', '-i', file, '-i', file, '-map', '0:v', '-map', '1:a', '-c', 'copy'];
    await rejected(await make('late.mp4', [...late, '-movflags', '+faststart']), planned(5, 'av'), /starts at 1000 ms/);
  });
  test('that lacks a stream', async () =>
    rejected(
      await make('b.mp4', [...SOUND, '-c:a', 'aac', '-movflags', '+faststart']),
      planned(4, 'av'),
      /holds aac, not h264 and aac/,
    ));
  test('whose index comes last', async () =>
    rejected(await clip('c.mp4', []), planned(4, 'av'), /index does not come before/));
  test('without a length header', async () =>
    rejected(
      await make('d.mp3', [...SOUND, '-c:a', 'libmp3lame', '-write_xing', '0']),
      planned(4, 'a', 'mp3'),
      /no length header/,
    ));
  test('whose key frames are damaged', async () => {
    const file = await clip('e.mp4');
    const bytes = await readFile(file);
    const media = bytes.indexOf('mdat') + 600;
    bytes.fill(0x55, media, media + 1500);
    await writeFile(file, bytes);
    await rejected(file, planned(4, 'av'), /decoder: /);
  });
  test('whose sound was lost on the way', async () => {
    const file = await make('h.mp4', ['-f', 'lavfi', '-i', 'anullsrc=r=48000:d=4', '-c:a', 'aac', ...FASTSTART]);
    const error = await verifyFile(file, planned(4, 'a'), { loudness: [-20, -20, -25, -20] }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'FileRejected',
      message: expect.stringMatching(/4 s of sound are missing, the first at 0 s/),
    });
  });
  test('that has sound where none was received', async () => {
    const plan = { ...planned(12, 'a'), audio: [pieceUntil(2000)] };
    await rejected(
      await make('i.mp4', [
        '-f',
        'lavfi',
        '-i',
        'sine=frequency=440:sample_rate=48000:duration=12',
        '-c:a',
        'aac',
        ...FASTSTART,
      ]),
      plan,
      /there is sound at 5 s, where none was received/,
    );
  });
  test('that is cut off', async () => {
    const file = await clip('f.mp4');
    await truncate(file, 30_000);
    await rejected(file, planned(4, 'av'), /ends at|decoder/);
  });
  test('that is no media at all', async () => {
    const file = path.join(directory, 'g.mp4');
    await writeFile(file, 'not a film');
    await rejected(file, planned(4, 'av'), /not media|Invalid data/);
  });
});
