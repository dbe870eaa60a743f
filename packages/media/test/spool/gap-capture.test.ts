import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Frame, RoomEvent } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTimeline, openSpool, planFiles, produceFile, type JournalEntry, type Spool } from '../../src/index.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { send, T0 } from './sender.ts';

jest.setTimeout(120_000);

let dir: string;
let video: ClipFrame[];
let audio: ClipFrame[];
beforeAll(async () => {
  video = await videoClip({ seconds: 20, width: 160, height: 120, gop: 3 });
  audio = await audioClip({ seconds: 20 });
});
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gaps-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

type Item = { readonly frame: Frame } | { readonly event: RoomEvent };

const atOf = (item: Item): number => ('frame' in item ? item.frame.receivedAt : item.event.at);
const frames = (sent: readonly Frame[]): Item[] => sent.map((frame) => ({ frame }));
const says = (ms: number, event: Record<string, unknown>): Item => ({
  event: { ...event, at: T0 + ms } as unknown as RoomEvent,
});
const on = (kind: 'audio' | 'video', ms = 0, stream = 'main'): Item =>
  says(ms, { type: 'available', userId: 'ann', stream, kind });

/** Captures one take of items in the order of their times. */
const capture = async (spool: Spool, items: readonly Item[], mode: '00' | '01' | '02' = '02'): Promise<void> => {
  const onFault = (error: Error): never => {
    throw error;
  };
  const take = await spool.startTake({ worker: 'w', mode, onFault });
  for (const item of [...items].sort((a, b) => atOf(a) - atOf(b))) {
    if ('frame' in item) take.frame(item.frame);
    else take.event(item.event);
  }
  await take.close('stopped');
};

const open = (): Promise<Spool> => openSpool({ dir: path.join(dir, 'spool'), logger: silentLogger() });

const gapsIn = (journal: readonly JournalEntry[], stream = 0) =>
  buildTimeline(journal).anchors[0]!.streams[stream]!.accounts.flatMap(({ gaps }) =>
    gaps.map(({ kind, cause, startMs, endMs }) => [kind, cause, Math.round(startMs - T0), Math.round(endMs - T0)]),
  );

/** The file of a spool, made. */
const made = async (spool: Spool, mode: '00' | '01' | '02' = '02') => {
  const [plan] = planFiles(await spool.journal(), { mode });
  return { plan: plan!, file: await produceFile(plan!, { spoolDir: spool.dir, outDir: path.join(dir, 'out') }) };
};

describe('video that no packet number shows to be missing', () => {
  test('is missing where a regular stream goes on with a key frame, in timeline and LostMs', async () => {
    const spool = await open();
    const entered = says(0, { type: 'entered' });
    const isLost = ({ atMs }: ClipFrame): boolean => atMs > 5_050 && atMs < 9_990;
    const dead = says(8_000, { type: 'connection', state: 'path silent' });
    const back = says(9_900, { type: 'connection', state: 'path alive' });
    const came = frames(
      send(
        video.filter((frame) => !isLost(frame)),
        'video',
      ),
    );
    await capture(spool, [entered, on('video'), dead, back, ...came], '01');
    expect(gapsIn(await spool.journal())).toEqual([['video', 'recorder-disconnected', 5_107, 10_040]]);
    const { file } = await made(spool, '01');
    expect(file.quality.LostMs).toBeGreaterThan(4_900);
    expect(file.quality.LostMs).toBeLessThan(5_000);
    expect(file.quality.HeldMs).toBe(file.quality.LostMs);
  });

  test('a single lost frame is one interval, and the next frames are regular again', async () => {
    const spool = await open();
    // The last frame before each key frame: what Chromium delivers when it gave up a packet.
    const came = video.filter((_, index) => index % 30 !== 29);
    await capture(spool, [says(0, { type: 'entered' }), on('video'), ...frames(send(came, 'video'))], '01');
    const lost = gapsIn(await spool.journal());
    expect(lost).toHaveLength(9);
    for (const [, cause, from, to] of lost) expect([cause, Number(to) - Number(from)]).toEqual(['lost', 67]);
  });
});

describe('the end of a file', () => {
  test('is the last frame with its usual length, whatever was lost before', async () => {
    const spool = await open();
    // A segment of a few frames and a hole: its mean interval is many times the usual one.
    const came = video.filter(({ atMs }) => atMs < 16_000 || (atMs > 19_590 && atMs < 19_950));
    await capture(spool, [says(0, { type: 'entered' }), on('video'), ...frames(send(came, 'video'))], '01');
    const { plan } = await made(spool, '01');
    const lastMs = came.at(-1)!.atMs + 40;
    expect(plan.endMs - T0 - lastMs).toBeGreaterThan(60);
    expect(plan.endMs - T0 - lastMs).toBeLessThan(75);
  });
});

describe('slow streams and still screens', () => {
  const still = (ms: readonly number[]): Item[] =>
    frames(
      send(
        ms.map((atMs, index) => ({ ...video[index]!, atMs })),
        'video',
        { stream: 'sub' },
      ),
    );

  test.each<[string, number[]]>([
    ['of one frame', [100]],
    ['of one frame a minute', [100, 60_100, 120_100]],
    ['whose last change was 2 s before its end', [...Array.from({ length: 30 }, (_, index) => index * 100), 627_900]],
  ])('a screen %s is shown until it is not shared any more', async (_, times) => {
    const spool = await open();
    const stop = says(630_000, { type: 'unavailable', userId: 'ann', stream: 'sub', kind: 'video' });
    await capture(spool, [says(0, { type: 'entered' }), on('video', 0, 'sub'), ...still(times), stop], '01');
    expect(gapsIn(await spool.journal())).toEqual([]);
    const { file } = await made(spool, '01');
    expect(Math.abs(file.endMs - T0 - 630_000)).toBeLessThan(500);
    expect(Math.abs(file.durationMs - (630_000 - times[0]!))).toBeLessThan(500);
    expect(file.quality).toMatchObject({ LostMs: 0, HeldMs: 0 });
  });

  test('a share of one frame a second misses nothing and holds nothing', async () => {
    const spool = await open();
    const times = Array.from({ length: 60 }, (_, index) => index * 1000 + (index % 3) * 40);
    const stop = says(60_200, { type: 'unavailable', userId: 'ann', stream: 'sub', kind: 'video' });
    await capture(spool, [says(0, { type: 'entered' }), on('video', 0, 'sub'), ...still(times), stop], '01');
    const { file } = await made(spool, '01');
    expect(file.quality).toMatchObject({ LostMs: 0, HeldMs: 0 });
    expect(Math.abs(file.endMs - T0 - 60_200)).toBeLessThan(500);
  });

  test('a camera that stops though it is published is held to the end, and missing', async () => {
    const spool = await open();
    const came = frames(
      send(
        video.filter(({ atMs }) => atMs < 8_000),
        'video',
      ),
    );
    const heard = frames(
      send(
        audio.filter(({ atMs }) => atMs < 8_000),
        'audio',
      ),
    );
    const gone = says(30_000, { type: 'anchor-exit', userId: 'ann', reason: 0 });
    await capture(spool, [says(0, { type: 'entered' }), on('audio'), on('video'), ...came, ...heard, gone]);
    const { file } = await made(spool);
    expect(Math.abs(file.endMs - T0 - 30_000)).toBeLessThan(100);
    expect(gapsIn(await spool.journal()).map(([kind, cause, , to]) => [kind, cause, to])).toEqual([
      ['audio', 'anchor-disconnected', 30_000],
      ['video', 'anchor-disconnected', 30_000],
    ]);
    expect(Math.abs(file.quality.LostMs - 22_000)).toBeLessThan(100);
  });
});

test('frames that come too late to be shown are missing for their interval', async () => {
  const spool = await open();
  const sent = send(video, 'video');
  const late = sent.map((frame, index) => (index === 50 ? { ...frame, receivedAt: frame.receivedAt + 3_000 } : frame));
  await capture(spool, [says(0, { type: 'entered' }), on('video'), ...frames(late)], '01');
  const gaps = gapsIn(await spool.journal());
  expect(gaps.length).toBeGreaterThan(0);
  for (const [, cause] of gaps) expect(cause).toBe('lost');
});

describe('the system’s clock is set', () => {
  const HOUR = 3_600_000;
  let setBy = 0;
  const realNow = Date.now.bind(Date);
  beforeEach(() => {
    setBy = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + setBy);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A take whose frames come in real time by the clock that the page began with. */
  const liveTake = async (spool: Spool, during?: () => void): Promise<void> => {
    const take = await spool.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
    const pageStart = Date.now();
    // The second that the media takes: it has to pass on the monotonic clock as well.
    await sleep(1_050);
    take.event({ type: 'entered', at: pageStart });
    take.event({ type: 'available', at: pageStart, userId: 'ann', stream: 'main', kind: 'audio' });
    const sent = send(
      audio.filter(({ atMs }) => atMs < 1_000),
      'audio',
    );
    for (const frame of sent) take.frame({ ...frame, receivedAt: frame.receivedAt - T0 + pageStart });
    during?.();
    await take.close('stopped');
  };

  test.each([-HOUR, -20_000, 20_000, HOUR])(
    'by %s ms between two takes: the second follows on the first',
    async (ms) => {
      const spool = await open();
      await liveTake(spool);
      setBy = ms;
      await liveTake(spool);
      const [first, second] = buildTimeline(await spool.journal()).takes;
      expect(second!.startMs).toBeGreaterThanOrEqual(first!.endMs);
      expect(second!.startMs - first!.endMs).toBeLessThan(20_000);
      const plans = planFiles(await spool.journal(), { mode: '00' });
      expect(plans).toHaveLength(1);
      const played = plans[0]!.audio.reduce(
        (sum, piece) => sum + Math.min(piece.endMs, piece.untilMs) - piece.startMs,
        0,
      );
      expect(Math.round(played)).toBe(2_000);
    },
  );

  test.each([-HOUR, HOUR])('by %s ms while a take runs: it ends where its media does', async (ms) => {
    const spool = await open();
    const startMs = Date.now();
    await liveTake(spool, () => (setBy = ms));
    const { takes, anchors } = buildTimeline(await spool.journal());
    expect(takes[0]!.endMs - startMs).toBeLessThan(20_000);
    expect(anchors[0]!.streams[0]!.accounts[0]!.gaps).toEqual([]);
  });
});
