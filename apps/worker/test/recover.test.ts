import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSpool, type Spool, type Take } from '@trtc-recorder/media';
import { silentLogger } from '@trtc-recorder/runtime';
import { audioClip } from '../../../packages/media/test/helpers/clips.ts';
import { send, together } from '../../../packages/media/test/spool/sender.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { parseOptions } from '../src/recover/options.ts';
import { recoverFiles } from '../src/recover/recover.ts';

const logger = silentLogger();
let root: string;
let spool: Spool;
let take: Take;
/** A recording that runs: six seconds of sound are in the spool, and its segment is open. */
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'recover-'));
  spool = await openSpool({ dir: path.join(root, 'request-1'), logger });
  take = await spool.startTake({
    worker: 'w',
    mode: '00',
    onFault: (error) => {
      throw error;
    },
  });
  const frames = together(send(await audioClip({ seconds: 6 }), 'audio'));
  for (const frame of frames) take.frame(frame);
  const most = frames.slice(0, -20).reduce((sum, { data }) => sum + data.length, 0);
  const part = path.join(spool.dir, '000001.mkv.part');
  await until('most of it is written', async () => (await stat(part).catch(() => ({ size: 0 }))).size >= most, 20_000);
});
afterEach(async () => {
  await take.close('stopped');
  await rm(root, { recursive: true });
});

const recover = async (outDir: string): Promise<string[]> => {
  const lines: string[] = [];
  const tools = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
  const options = {
    spoolDir: spool.dir,
    outDir,
    maxGapMs: 15_000,
    ...tools,
    logger,
    say: (line: string) => lines.push(line),
  };
  expect(await recoverFiles(options)).toBe(0);
  return lines;
};
const secondsOf = async (file: string): Promise<number> => {
  const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file];
  return Number((await promisify(execFile)('ffprobe', probe)).stdout);
};

test('the files of a spool are made by hand, while it is written and after, and it is only read', async () => {
  // Those of a killed worker look the same: a segment that is not closed.
  const before = async () => [
    // A segment of which nothing comes for some seconds is closed by its own writer.
    (await readdir(spool.dir)).map((name) => name.replace(/\.part$/, '')).sort(),
    (await readFile(path.join(spool.dir, 'journal.ndjson'), 'utf8')).split('\n').filter((line) => /"take/.test(line)),
  ];
  const seen = await before();
  const live = path.join(root, 'live');
  const [line = ''] = await recover(live);
  expect(await before()).toEqual(seen);
  const [file = '', ...others] = (await readdir(live)).sort();
  expect([line.startsWith(path.join(live, file)), others]).toEqual([true, ['timeline.json']]);
  expect(file).toMatch(/_main_\d{8}T\d{6}\.\d{3}Z\.mp3$/);
  expect(await secondsOf(path.join(live, file))).toBeGreaterThan(5);

  await take.close('stopped');
  expect((await spool.journal()).filter(({ type }) => type === 'take-end')).toMatchObject([{ reason: 'stopped' }]);
  const closed = path.join(root, 'closed');
  await recover(closed);
  expect(await secondsOf(path.join(closed, file))).toBeCloseTo(6, 0);
}, 60_000);

test('a spool of beeps and ultrasound, which no encoder keeps, gives its file', async () => {
  await take.close('stopped');
  const next = await spool.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
  const tone = await audioClip({ seconds: 5, hz: 19_000, steady: true, channels: 2, application: 'audio', kbps: 128 });
  for (const frame of send(tone, 'audio', { fromMs: 6_000, ssrc: 77 })) next.frame(frame);
  await next.close('stopped');
  const outDir = path.join(root, 'ultrasound');
  await recover(outDir);
  const [file = ''] = (await readdir(outDir)).sort();
  expect(await secondsOf(path.join(outDir, file))).toBeGreaterThan(10.9);
}, 60_000);

test.each([
  [[], /one directory is needed[^]*Usage/],
  [['a', 'b'], /one directory is needed/],
  [['a', '--mode', '03'], /Usage/],
  [['--what'], /Usage/],
])('%j is refused with the usage', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
});

test('a directory that is no spool is refused, and nothing is made of it', async () => {
  const options = { spoolDir: root, outDir: path.join(root, 'out'), maxGapMs: 0, logger, say: () => undefined };
  await expect(recoverFiles({ ...options, ffmpegPath: '', ffprobePath: '' })).rejects.toMatchObject({
    code: 'SpoolFailed',
    message: expect.stringMatching(/is no spool/),
  });
  expect(await readdir(root)).not.toContain('out');
});
