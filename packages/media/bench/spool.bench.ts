import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { openSpool } from '../src/index.ts';
import { audioClip, videoClip, type ClipFrame } from '../test/helpers/clips.ts';

/**
 * What capture costs after the frames have reached Node: so many anchors of 320x240@15 H264 and 50 Opus packets a
 * second, in batches of 250 ms as the page sends them, in real time, into a spool.
 *
 * `node packages/media/bench/run.mjs spool [--anchors 40] [--seconds 20] [--dir DIR] [--json]`
 */
const { values } = parseArgs({
  options: {
    anchors: { type: 'string', default: '40' },
    seconds: { type: 'string', default: '20' },
    dir: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const anchors = Number(values.anchors);
const seconds = Number(values.seconds);
const BATCH_MS = 250;
const CLIP_SECONDS = 10;

interface Source {
  readonly clip: readonly ClipFrame[];
  readonly fields: Omit<Frame, 'key' | 'rtpTimestamp' | 'receivedAt' | 'data'>;
  readonly ticksPerMs: number;
  next: number;
}

/** The frames of a source up to `untilMs`; the clip is repeated. */
const upTo = (source: Source, untilMs: number, startedAt: number): Frame[] => {
  const frames: Frame[] = [];
  for (;;) {
    const { clip, next } = source;
    const frame = clip[next % clip.length];
    if (frame === undefined) return frames;
    const atMs = Math.floor(next / clip.length) * CLIP_SECONDS * 1000 + frame.atMs;
    if (atMs >= untilMs) return frames;
    source.next += 1;
    frames.push({
      ...source.fields,
      key: frame.key,
      rtpTimestamp: Math.round(atMs * source.ticksPerMs),
      receivedAt: startedAt + atMs,
      data: frame.data,
      ...(source.fields.kind === 'audio' && { sequenceNumber: next & 0xffff }),
    });
  }
};

const video = await videoClip({ seconds: CLIP_SECONDS, width: 320, height: 240, gop: 30 });
const audio = await audioClip({ seconds: CLIP_SECONDS, steady: true });
const sources = Array.from({ length: anchors }, (_, index): Source[] => {
  const owner = { userId: `anchor${index}`, stream: 'main' as const };
  const ids = (tap: number) => ({ tap, ssrc: tap });
  return [
    { clip: video, fields: { ...owner, kind: 'video', codec: 'h264', ...ids(2 * index) }, ticksPerMs: 90, next: 0 },
    { clip: audio, fields: { ...owner, kind: 'audio', codec: 'opus', ...ids(2 * index + 1) }, ticksPerMs: 48, next: 0 },
  ];
}).flat();

const dir = values.dir ?? (await mkdtemp(join(tmpdir(), 'spool-bench-')));
const spool = await openSpool({ dir, logger: silentLogger() });
const faults: string[] = [];
const take = await spool.startTake({ worker: 'bench', mode: '02', onFault: ({ message }) => faults.push(message) });
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const startedAt = Date.now();
const begin = performance.now();
const before = process.cpuUsage();
let worstBatchMs = 0;
for (let batch = 1; batch * BATCH_MS <= seconds * 1000; batch += 1) {
  const frames = sources.flatMap((source) => upTo(source, batch * BATCH_MS, startedAt));
  const from = performance.now();
  for (const frame of frames) take.frame(frame);
  worstBatchMs = Math.max(worstBatchMs, performance.now() - from);
  await sleep(Math.max(0, begin + batch * BATCH_MS - performance.now()));
}
const captured = process.cpuUsage(before);
const { frames, bytes } = take.stats();
const closing = performance.now();
await take.close('done');
const closeMs = performance.now() - closing;
const corePercent = (captured.user + captured.system) / 1e4 / seconds;
const result = {
  anchors,
  seconds,
  frames,
  mebibytes: Math.round((bytes / 2 ** 20) * 10) / 10,
  corePercent: Math.round(corePercent * 100) / 100,
  corePercentPerAnchor: Math.round((corePercent / anchors) * 1000) / 1000,
  microsecondsPerFrame: Math.round(((captured.user + captured.system) / frames) * 10) / 10,
  worstBatchMs: Math.round(worstBatchMs * 10) / 10,
  loopDelayP99Ms: Math.round(delay.percentile(99) / 1e5) / 10,
  closeMs: Math.round(closeMs),
  rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  faults,
};
console.log(values.json ? JSON.stringify(result) : result);
await spool.remove();
