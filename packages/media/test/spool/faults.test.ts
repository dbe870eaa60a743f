import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { openSpool } from '../../src/index.ts';
import { spoolFault } from '../../src/spool/faults.ts';
import { Journal } from '../../src/spool/journal/journal.ts';
import { AppendFile } from '../../src/spool/segment/append-file.ts';
import { FrameIntervals } from '../../src/spool/segment/frame-intervals.ts';
import { SegmentWriter } from '../../src/spool/segment/segment-writer.ts';
import { WriteBudget } from '../../src/spool/segment/write-budget.ts';
import { audioClip, videoClip } from '../helpers/clips.ts';
import { bundle } from '../helpers/bundle.ts';
import { complaints, decodedFrames, packetTimes, pick } from './judge-segments.ts';
import { send, together } from './sender.ts';

let root: string;
let program: string;
let frames: Frame[];
const framesFile = () => join(root, 'frames.json');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'faults-'));
  program = await bundle(new URL('capture.child.ts', import.meta.url), join(root, 'child.mjs'));
  // About 1 MB in all, most of it video.
  const video = await videoClip({ seconds: 6, width: 1280, height: 720, fps: 30, gop: 4 });
  frames = together(send(video, 'video'), send(await audioClip({ seconds: 6 }), 'audio'));
  const stored = frames.map((frame) => ({ ...frame, data: Buffer.from(frame.data).toString('base64') }));
  await writeFile(framesFile(), JSON.stringify(stored));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Said {
  readonly fault?: string;
  readonly closed?: boolean;
}

/** Captures to the end in a process of its own, started with `prefix` before its command line; what it said. */
const capture = async (dir: string, ...prefix: readonly string[]): Promise<Said[]> => {
  const [command, ...args] = [...prefix, process.execPath, program, dir, framesFile(), '60000'];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: Said[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Said));
  await once(child, 'close');
  return said;
};

/** All that is left is in order: every segment opened is accounted for, and decodes. */
const expectWhole = async (dir: string): Promise<void> => {
  const spool = await openSpool({ dir, logger: silentLogger() });
  const journal = await spool.journal();
  expect(pick(journal, 'take-end')).toMatchObject([{ reason: 'stopped' }]);
  expect(pick(journal, 'track-end')).toHaveLength(2);
  const segments = pick(journal, 'segment');
  expect(segments).toHaveLength(pick(journal, 'segment-open').length);
  for (const { file, frames: count, codec } of segments) {
    expect(await complaints(join(dir, file))).toBe('');
    if (codec === 'h264') expect(await decodedFrames(join(dir, file))).toBe(count);
  }
  expect(segments.find(({ codec }) => codec === 'h264')?.frames).toBeLessThan(180);
  expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
};

test('a file that may not grow is a full disk: told once, what is there is whole', async () => {
  const dir = join(root, 'limited');
  // Blocks of 512 bytes: the ballast fits, the video does not. Node ignores the signal that comes with it.
  const said = await capture(dir, 'sh', '-c', 'ulimit -f 1100; exec "$@"', 'sh');
  expect(said.filter(({ fault }) => fault !== undefined)).toMatchObject([{ fault: 'SpoolFull' }]);
  expect(said.at(-1)).toEqual({ closed: true });
  await expectWhole(dir);
});

/** A disk of 900 kB in `dir`, and how to take it away; null where this user may not mount one. */
const smallDisk = async (dir: string): Promise<(() => void) | null> => {
  await mkdir(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=900k', 'none', dir], { stdio: 'ignore' });
    return () => execFileSync('umount', [dir]);
  } catch {
    return null;
  }
};

test('a full disk: the end of the take is still journaled', async () => {
  const disk = join(root, 'disk');
  const unmount = await smallDisk(disk);
  // Without a disk of its own, the kernel refuses what goes beyond the room for the first seconds of video.
  const prefix = unmount === null ? ['sh', '-c', 'ulimit -f 1040; exec "$@"', 'sh'] : [];
  try {
    const dir = join(disk, 'spool');
    const said = await capture(dir, ...prefix);
    expect(said.filter(({ fault }) => fault !== undefined)).toMatchObject([{ fault: 'SpoolFull' }]);
    expect(said.at(-1)).toEqual({ closed: true });
    await expectWhole(dir);
  } finally {
    unmount?.();
  }
});

const systemError = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code });

test.each([
  ['ENOSPC', 'SpoolFull'],
  ['EDQUOT', 'SpoolFull'],
  ['EFBIG', 'SpoolFull'],
  ['EIO', 'SpoolFailed'],
  ['EROFS', 'SpoolFailed'],
  ['EACCES', 'SpoolFailed'],
])('%s is %s', (code, expected) => {
  expect(spoolFault(systemError(code), 'writing')).toMatchObject({ code: expected, details: { code } });
});

describe('a disk that breaks', () => {
  /** A file whose second write fails and of whose first only a part is taken at a time. */
  const brokenFile = () => {
    const written: number[] = [];
    const handle = {
      write: (bytes: Uint8Array, from: number) => {
        if (written.length >= 2) return Promise.reject(systemError('EIO'));
        const bytesWritten = written.length === 0 ? 4 : bytes.length - from;
        written.push(bytesWritten);
        return Promise.resolve({ bytesWritten });
      },
      close: () => Promise.resolve(),
    };
    return { handle: handle as unknown as FileHandle, written };
  };

  test('is told once; what waits is let go', async () => {
    const { handle, written } = brokenFile();
    const errors: unknown[] = [];
    let settled = 0;
    const file = new AppendFile({
      open: () => Promise.resolve(handle),
      onSettled: (bytes) => (settled += bytes),
      onError: (error) => errors.push(error),
    });
    file.push(Buffer.alloc(10));
    await file.drained();
    file.push(Buffer.alloc(20));
    await file.drained();
    file.push(Buffer.alloc(30));
    await file.close();
    expect(written).toEqual([4, 6]);
    expect(errors).toMatchObject([{ code: 'EIO' }]);
    expect([file.bytes, settled]).toEqual([10, 60]);
  });

  test('hangs: when too much waits, that is a fault, not a loss in silence', async () => {
    const faults: string[] = [];
    const dir = await mkdtemp(join(root, 'hanging-'));
    let letGo = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (letGo = resolve));
    const journal = { append: () => undefined, written: () => hanging } as unknown as Journal;
    const budget = new WriteBudget(1000);
    const writer = new SegmentWriter(
      { track: 1, segment: 1, firstRtp: 0, clockRate: 48_000, codec: 'opus' },
      {
        dir,
        journal,
        budget,
        abandoned: false,
        fail: ({ message }) => faults.push(message),
      },
      new FrameIntervals(),
    );
    for (let index = 0; index < 20; index += 1) writer.write({ rtp: index * 960, key: true, data: Buffer.alloc(100) });
    expect(faults).toEqual(['the disk does not keep up: 1000 bytes wait to be written']);
    letGo();
    await writer.close();
    expect(budget.waiting).toBe(0);
    expect(await packetTimes(join(dir, '000001.mkv'))).toHaveLength(10);
  });
});

test('a journal on a full disk makes room once, and keeps its lines for another try', async () => {
  const errors: unknown[] = [];
  let relieved = 0;
  const journal = await Journal.open('/dev/full', {
    relieve: () => Promise.resolve((relieved += 1) === 1),
    onError: (error) => errors.push(error),
    onForeign: () => true,
  });
  journal.append({ type: 'take-end', take: 1, reason: 'stopped' });
  await journal.written();
  expect(errors).toMatchObject([{ code: 'ENOSPC' }, { code: 'ENOSPC' }]);
  expect([relieved, journal.refused]).toEqual([2, 1]);
  await journal.close();
});

test('a spool that cannot be made says so', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');
  await expect(openSpool({ dir: join(file, 'spool'), logger: silentLogger() })).rejects.toMatchObject({
    code: 'SpoolFailed',
  });
});
