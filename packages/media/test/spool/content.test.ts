import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger, type AppError } from '@trtc-recorder/runtime';
import { EncodedPacketSink, FilePathSource, Input, MATROSKA } from 'mediabunny';
import { openSpool, type JournalEntry } from '../../src/index.ts';
import { joinWithLengths, splitAnnexB } from '../../src/spool/frames/h264/nal.ts';
import { PictureReader } from '../../src/spool/frames/read-picture.ts';
import { MatroskaWriter } from '../../src/spool/segment/matroska-writer.ts';
import { audioClip, videoClip, type ClipFrame } from '../helpers/clips.ts';
import { complaints, decodedFrames, packetTimes, pick, pictureDigests } from './judge-segments.ts';
import { send, together } from './sender.ts';

let dir: string;
let video: ClipFrame[];
let audio: ClipFrame[];
const faults: AppError[] = [];

beforeAll(async () => {
  video = await videoClip({ seconds: 6, width: 320, height: 180, gop: 30 });
  audio = await audioClip({ seconds: 6 });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'content-'));
  faults.length = 0;
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

const record = async (frames: readonly Frame[], segmentMs = 60_000): Promise<JournalEntry[]> => {
  const spool = await openSpool({ dir, logger: silentLogger(), segmentMs });
  const take = await spool.startTake({ worker: 'w1', mode: '02', onFault: (error) => faults.push(error) });
  for (const frame of frames) take.frame(frame);
  await take.close('stopped');
  return spool.journal();
};

const packets = async (file: string): Promise<Buffer[]> => {
  const input = new Input({ source: new FilePathSource(join(dir, file)), formats: [MATROSKA] });
  const [track] = await input.getTracks();
  const data: Buffer[] = [];
  for await (const packet of new EncodedPacketSink(track!).packets()) data.push(Buffer.from(packet.data));
  input.dispose();
  return data;
};
/** Segments close side by side, and are journalled when they have. */
const inOrder = (journal: readonly JournalEntry[]) =>
  pick(journal, 'segment').toSorted((a, b) => a.segment - b.segment);
const kept = (frame: Frame): Buffer => Buffer.from(joinWithLengths(splitAnnexB(frame.data)));
const byArrival = (frames: readonly Frame[]): Frame[] => frames.toSorted((a, b) => a.receivedAt - b.receivedAt);

test('out of order, twice and in bursts: what is written is what was sent, bit for bit', async () => {
  const sent = { video: send(video, 'video'), audio: send(audio, 'audio') };
  const disturb = (frames: readonly Frame[], mostMs: number): Frame[] =>
    frames.flatMap((frame, index) => {
      // A spread that no two neighbours share; the first is on time.
      const late = { ...frame, receivedAt: frame.receivedAt + ((index * 7919) % 11) * (mostMs / 11) };
      return index % 6 === 5 ? [late, { ...late, receivedAt: late.receivedAt + 5 }] : [late];
    });
  const journal = await record(byArrival([...disturb(sent.video, 300), ...disturb(sent.audio, 140)]));
  expect(pick(journal, 'gap')).toEqual([]);
  const [first, second] = pick(journal, 'segment').toSorted((a, b) => a.codec.localeCompare(b.codec));
  expect(await packets(first!.file)).toEqual(sent.video.map(kept));
  expect(await packets(second!.file)).toEqual(sent.audio.map(({ data }) => Buffer.from(data)));
});

test('a lost picture takes along what hangs on it, and nothing else; no decoder complains', async () => {
  // Key frames are 0, 30 and 60.
  const frames = send(video, 'video').filter((_, index) => index !== 40);
  const journal = await record(frames);
  const [gap] = pick(journal, 'gap');
  expect(pick(journal, 'gap')).toHaveLength(1);
  expect(gap).toMatchObject({ cause: 'held', dropped: 19 });
  const step = 90_000 / 15;
  const start = inOrder(journal)[0]!.firstRtp;
  expect([(gap!.fromRtp - start) / step, (gap!.toRtp - start) / step]).toEqual([40, 60]);
  const [segment] = pick(journal, 'segment');
  expect(segment).toMatchObject({ frames: 70, keyFrames: 3 });
  expect(await complaints(join(dir, segment!.file))).toBe('');
  expect(await decodedFrames(join(dir, segment!.file))).toBe(70);
  const times = await packetTimes(join(dir, segment!.file));
  expect([times[39], times[40]]).toEqual([2600, 4000]);
});

test('what is written around a loss shows exactly the pictures of the sender; a hole would not', async () => {
  const whole = send(video, 'video');
  const [sent] = pick(await record(whole), 'segment');
  const original = await pictureDigests(join(dir, sent!.file));
  expect(new Set(original).size).toBeGreaterThan(70);

  await rm(dir, { recursive: true });
  const [written] = pick(await record(whole.filter((_, index) => index !== 40)), 'segment');
  const shown = await pictureDigests(join(dir, written!.file));
  expect(shown).toEqual([...original.slice(0, 40), ...original.slice(60)]);

  // Decoders conceal a hole without a word, so only the pictures themselves can tell.
  const chunks: Uint8Array[] = [];
  const reader = new PictureReader();
  const pictures = whole.map((frame, index) => reader.read(frame, index * 6000, frame.receivedAt)!);
  const writer = new MatroskaWriter(pictures[0]!, (bytes) => chunks.push(bytes));
  pictures.forEach(({ data, key }, index) => {
    if (index !== 40) writer.add({ data, key, ms: Math.round((index * 1000) / 15) });
  });
  await writeFile(join(dir, 'hole.mkv'), Buffer.concat(chunks));
  const damaged = (await pictureDigests(join(dir, 'hole.mkv'))).filter((digest) => !original.includes(digest));
  expect(damaged).not.toEqual([]);
});

test('lost sound is a gap of its length, at its place', async () => {
  const frames = send(audio, 'audio').filter((_, index) => index < 100 || index >= 110);
  const journal = await record(frames);
  const [segment] = pick(journal, 'segment');
  const [gap, ...more] = pick(journal, 'gap');
  expect(more).toEqual([]);
  expect(gap).toMatchObject({ cause: 'loss' });
  expect([gap!.fromRtp - segment!.firstRtp, gap!.toRtp - segment!.firstRtp]).toEqual([100 * 960, 110 * 960]);
  expect((await packetTimes(join(dir, segment!.file)))[100]).toBe(2200);
});

test('a picture that grows: a segment for each size, each decodable alone', async () => {
  const sizes = [
    [320, 180],
    [640, 360],
    [1280, 720],
  ] as const;
  const clips = await Promise.all(sizes.map(([width, height]) => videoClip({ seconds: 2, width, height })));
  const grown = clips.flatMap((clip, index) => clip.map((frame) => ({ ...frame, atMs: frame.atMs + index * 2000 })));
  const journal = await record(send(grown, 'video'));
  const segments = inOrder(journal);
  expect(segments.map(({ width, height, frames }) => [width, height, frames])).toEqual(
    sizes.map(([width, height]) => [width, height, 30]),
  );
  expect(new Set(segments.map(({ track }) => track)).size).toBe(1);
  for (const { file } of segments) {
    expect(await complaints(join(dir, file))).toBe('');
    expect(await decodedFrames(join(dir, file))).toBe(30);
  }
});

test('a sender that changes from H264 to VP8 and back: a segment for each run', async () => {
  const vp8 = await videoClip({ seconds: 2, width: 320, height: 180, codec: 'vp8' });
  const part = (clip: readonly ClipFrame[], second: number, codec: 'h264' | 'vp8') =>
    send(
      clip.slice(0, 30).map((frame) => ({ ...frame, atMs: frame.atMs + second * 1000 })),
      'video',
      { codec },
    );
  const journal = await record([...part(video, 0, 'h264'), ...part(vp8, 2, 'vp8'), ...part(video, 4, 'h264')]);
  const segments = inOrder(journal);
  expect(segments.map(({ codec, width, height, frames }) => [codec, width, height, frames])).toEqual([
    ['h264', 320, 180, 30],
    ['vp8', 320, 180, 30],
    ['h264', 320, 180, 30],
  ]);
  for (const { file } of segments) {
    expect(await complaints(join(dir, file))).toBe('');
    expect(await decodedFrames(join(dir, file))).toBe(30);
  }
});

test('a stream that begins in the middle starts at its first key frame, and says what it left out', async () => {
  const journal = await record(send(video, 'video').slice(10));
  expect(pick(journal, 'gap')).toMatchObject([{ cause: 'no-key-frame', dropped: 20 }]);
  const [segment] = pick(journal, 'segment');
  expect(segment).toMatchObject({ frames: 60, keyFrames: 2 });
  expect(await decodedFrames(join(dir, segment!.file))).toBe(60);
});

test('a picture that stands still for a minute goes on in its segment', async () => {
  const still = video
    .slice(0, 20)
    .map((frame, index) => (index < 10 ? frame : { ...frame, atMs: frame.atMs + 60_000 }));
  const others = Array.from({ length: 70 }, (_, second) =>
    send(audio.slice(0, 50), 'audio', { tap: 7, ssrc: 7, rtp: second * 48_000, sequence: second * 50 }).map(
      (frame) => ({
        ...frame,
        receivedAt: frame.receivedAt + second * 1000,
      }),
    ),
  ).flat();
  const journal = await record(together(send(still, 'video'), others));
  const [segment, ...more] = pick(journal, 'segment').filter(({ codec }) => codec === 'h264');
  expect(more).toEqual([]);
  expect(segment).toMatchObject({ frames: 20 });
  expect((await packetTimes(join(dir, segment!.file))).at(-1)).toBe(Math.round(still.at(-1)!.atMs));
  expect(await complaints(join(dir, segment!.file))).toBe('');
});
