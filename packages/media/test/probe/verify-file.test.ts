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
    const verified = await verifyFile(await clip('right.mp4'), planned(4, 'av'));
    expect(verified).toMatchObject({
      findings: [],
      width: 320,
      height: 240,
      streams: [{ codec: 'h264', packets: 60 }, { codec: 'aac' }],
    });
    expect(Math.abs(verified.durationMs - 4000)).toBeLessThan(50);
  });

  test('MP3', async () => {
    const file = await make('right.mp3', [...SOUND, '-c:a', 'libmp3lame', '-b:a', '128k']);
    const verified = await verifyFile(file, planned(4, 'a', 'mp3'));
    // The decoded length: not what the encoder added at both ends.
    expect(verified).toMatchObject({ durationMs: 4000, findings: [] });
  });
});

describe('a file that can be played is never refused', () => {
  const codes = async (file: string, plan: Plan, options = {}) =>
    (await verifyFile(file, plan, options)).findings.map(({ Code }) => Code);

  test('shorter than planned', async () => {
    const { findings } = await verifyFile(await clip('a.mp4'), planned(5, 'av'));
    expect(findings.map(({ Code }) => Code)).toEqual(['StreamLengthWrong', 'StreamLengthWrong']);
    expect(findings[0]).toMatchObject({ EndMs: 5000 });
    expect(Math.abs(findings[0]!.StartMs! - 4000)).toBeLessThan(30);
  });
  test('one stream begins late', async () => {
    const file = await clip('early.mp4');
    const late = ['-itsoffset', '1', '-i', file, '-i', file, '-map', '0:v', '-map', '1:a', '-c', 'copy'];
    expect(await codes(await make('late.mp4', [...late, ...FASTSTART]), planned(5, 'av'))).toContain(
      'StreamStartsLate',
    );
  });
  test('a stream is missing', async () =>
    expect(await codes(await make('b.mp4', [...SOUND, '-c:a', 'aac', ...FASTSTART]), planned(4, 'av'))).toEqual([
      'StreamMissing',
    ]));
  test('the index comes last', async () =>
    expect(await codes(await clip('c.mp4', []), planned(4, 'av'))).toEqual(['IndexAfterMedia']));
  test('an MP3 without length header', async () => {
    const file = await make('d.mp3', [...SOUND, '-c:a', 'libmp3lame', '-write_xing', '0']);
    expect(await codes(file, planned(4, 'a', 'mp3'))).toContain('LengthHeaderMissing');
  });
  test('damaged key frames', async () => {
    const file = await clip('e.mp4');
    const bytes = await readFile(file);
    const media = bytes.indexOf('mdat') + 600;
    bytes.fill(0x55, media, media + 1500);
    await writeFile(file, bytes);
    expect(await codes(file, planned(4, 'av'))).toContain('DecoderErrors');
  });
  test('audio that was lost on the way', async () => {
    const file = await make('h.mp4', ['-f', 'lavfi', '-i', 'anullsrc=r=48000:d=4', '-c:a', 'aac', ...FASTSTART]);
    const { findings } = await verifyFile(file, planned(4, 'a'), { loudness: [-20, -20, -25, -20] });
    expect(findings).toEqual([expect.objectContaining({ Code: 'AudioMissing', StartMs: 0, EndMs: 4000 })]);
  });
  test('audio where none was received', async () => {
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=12'];
    const file = await make('i.mp4', [...tone, '-c:a', 'aac', ...FASTSTART]);
    const { findings } = await verifyFile(file, { ...planned(12, 'a'), audio: [pieceUntil(2000)] });
    expect(findings).toEqual([expect.objectContaining({ Code: 'AudioUnexpected', StartMs: 5000, EndMs: 9000 })]);
  });
  test('cut off', async () => {
    const file = await clip('f.mp4');
    await truncate(file, 30_000);
    expect(await codes(file, planned(4, 'av'))).toContain('DecoderErrors');
  });
  test('a decoder that finds no key frame in it, but frames', async () => {
    const file = await make('o.mp4', [...PICTURE, ...H264, ...FASTSTART]);
    const ffmpegPath = path.join(directory, 'without-key-frames');
    await writeFile(ffmpegPath, '#!/bin/sh\ncase "$*" in *nokey*) exit 1;; esac\nexec ffmpeg "$@"\n', { mode: 0o755 });
    const found = await codes(file, planned(4, 'v'), { ffmpegPath });
    expect(found).toEqual(['DecoderErrors']);
  });
  test('video of which nothing decodes beside audio', async () => {
    const file = await clip('v.mp4');
    const bytes = await readFile(file);
    // No decoder starts without its parameter sets.
    bytes.fill(0, bytes.indexOf('avcC') + 4, bytes.indexOf('avcC') + 40);
    await writeFile(file, bytes);
    expect(await codes(file, planned(4, 'av'))).toContain('StreamUndecodable');
  });
});

describe('only what no player can play is refused', () => {
  const refused = async (file: string, plan: Plan) =>
    expect(verifyFile(file, plan)).rejects.toMatchObject({ code: 'FileRejected' });

  test('no media at all', async () => {
    const file = path.join(directory, 'g.mp4');
    await writeFile(file, 'not a film');
    await refused(file, planned(4, 'av'));
  });
  test('a container without its index', async () => {
    const file = await clip('j.mp4', []);
    await truncate(file, 20_000);
    await refused(file, planned(4, 'av'));
  });
  test('nothing of it decodes', async () => {
    const file = await make('k.mp4', [...PICTURE, ...H264, ...FASTSTART]);
    const bytes = await readFile(file);
    bytes.fill(0, bytes.indexOf('mdat') + 4);
    await writeFile(file, bytes);
    await refused(file, planned(4, 'v'));
  });
});

test('a file is checked by a tool that runs: one that does not says nothing about it', async () => {
  const file = await clip('l.mp4');
  const tools = { ffmpegPath: '/nowhere/ffmpeg' };
  await expect(verifyFile(file, planned(4, 'av'), tools)).rejects.toMatchObject({ code: 'ToolUnavailable' });
});
