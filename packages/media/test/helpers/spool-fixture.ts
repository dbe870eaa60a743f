import type { Codec, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  MkvOutputFormat,
  Output,
} from 'mediabunny';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JournalEntry } from '../../src/spool/journal/journal-entry.ts';
import { FrameIntervals } from '../../src/spool/segment/frame-intervals.ts';
import { ArrivalRecorder } from '../../src/spool/take/arrival-recorder.ts';
import type { ClipFrame } from './clips.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface Sender {
  readonly userId: string;
  readonly stream?: StreamType;
  readonly codec: Codec;
  readonly frames: readonly ClipFrame[];
  /** Wall clock (ms since the epoch) at which the sender's first frame was taken. */
  readonly startMs: number;
  /** The sender's clock runs fast by this. */
  readonly ppm?: number;
  /** Its timestamps alone run fast by this: the frames are captured at the right rate. */
  readonly timestampPpm?: number;
  /** Least delay of the network, and how much it varies. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** How much later than by its clock a frame is taken, ms: the sender's timestamps stalled, or (negative) jumped. */
  readonly offAt?: (atMs: number) => number;
  readonly seed?: number;
  readonly firstRtp?: number;
  /** True for frames that never arrive. */
  readonly lost?: (frame: ClipFrame, index: number) => boolean;
  /** Audio: frames that never arrive leave holes in the sequence numbers; otherwise they were not sent. */
  readonly numbered?: true;
}

interface Arrived extends ClipFrame {
  readonly rtp: number;
  readonly receivedAt: number;
}

const SEGMENT_MS = 10_000;
const OPUS_TICKS = 960;
const CODECS = { h264: 'avc', vp8: 'vp8', opus: 'opus', vp9: 'vp9', av1: 'av1', h265: 'hevc' } as const;

const writeSegment = async (file: string, codec: Codec, clockRate: number, frames: readonly Arrived[]) => {
  const output = new Output({ format: new MkvOutputFormat({ appendOnly: true }), target: new FilePathTarget(file) });
  const first = frames[0]!;
  const packetOf = (frame: Arrived) =>
    new EncodedPacket(frame.data, frame.key ? 'key' : 'delta', (frame.rtp - first.rtp) / clockRate, 0);
  if (codec === 'opus') {
    const source = new EncodedAudioPacketSource('opus');
    output.addAudioTrack(source);
    await output.start();
    const decoderConfig = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 };
    for (const frame of frames) await source.add(packetOf(frame), { decoderConfig });
  } else {
    const source = new EncodedVideoPacketSource(CODECS[codec]);
    output.addVideoTrack(source);
    await output.start();
    const decoderConfig = {
      codec: codec === 'h264' ? 'avc1.42c01e' : codec,
      codedWidth: first.width ?? 0,
      codedHeight: first.height ?? 0,
    };
    for (const frame of frames) await source.add(packetOf(frame), { decoderConfig });
  }
  await output.finalize();
};

const sizeOf = ({ width, height }: ClipFrame): string => `${width ?? 0}x${height ?? 0}`;

/** A segment ends at a key frame after 10 s, and where the size changes. */
const cutSegments = (frames: readonly Arrived[], clockRate: number): Arrived[][] => {
  const segments: Arrived[][] = [];
  for (const frame of frames) {
    const current = segments.at(-1);
    const first = current?.[0];
    const due = first !== undefined && ((frame.rtp - first.rtp) * 1000) / clockRate >= SEGMENT_MS && frame.key;
    if (current === undefined || first === undefined || due || sizeOf(first) !== sizeOf(frame)) segments.push([frame]);
    else current.push(frame);
  }
  return segments;
};

/** A spool as the capture leaves it, filled by simulated senders. */
export class SpoolFixture {
  readonly dir: string;
  readonly journal: JournalEntry[] = [];
  #take = 0;
  #track = 0;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<SpoolFixture> {
    const fixture = new SpoolFixture(await mkdtemp(path.join(tmpdir(), 'spool-')));
    fixture.journal.push({ at: 0, type: 'recording', version: 1 });
    return fixture;
  }

  take(at: number): void {
    this.#take += 1;
    this.journal.push({ at, type: 'take', take: this.#take, worker: 'w', mode: '02' });
    this.event({ type: 'entered', at });
  }

  takeEnd(at: number, reason = 'stopped'): void {
    this.journal.push({ at, type: 'take-end', take: this.#take, reason });
  }

  event(event: RoomEvent): void {
    this.journal.push({ at: event.at, type: 'event', take: this.#take, event });
  }

  /** Sends a clip through the simulated network into segments and journal. */
  async send(sender: Sender): Promise<void> {
    const { userId, stream = 'main', codec, frames, startMs } = sender;
    const {
      ppm = 0,
      timestampPpm = 0,
      delayMs = 40,
      jitterMs = 0,
      offAt = () => 0,
      seed = 1,
      firstRtp = 123_456,
      lost,
      numbered,
    } = sender;
    const kind = codec === 'opus' ? 'audio' : 'video';
    const clockRate = kind === 'audio' ? 48_000 : 90_000;
    const track = (this.#track += 1);
    const random = seeded(seed);
    const arrived: Arrived[] = [];
    let waitForKey = false;
    const gap = (fromRtp: number, toRtp: number) =>
      this.journal.push({ at: startMs, type: 'gap', track, fromRtp, toRtp, cause: 'loss' });
    this.journal.push({
      at: startMs,
      type: 'track',
      take: this.#take,
      track,
      userId,
      stream,
      kind,
      codec,
      clockRate,
      ssrc: track,
      tap: track,
    });
    frames.forEach((frame, index) => {
      const rtp = firstRtp + Math.round((frame.atMs * clockRate * (1 + timestampPpm / 1e6)) / 1000);
      const receivedAt = startMs + frame.atMs / (1 + ppm / 1e6) + offAt(frame.atMs) + delayMs + random() * jitterMs;
      const missing = lost?.(frame, index) === true || (waitForKey && !frame.key);
      const last = arrived.at(-1);
      if (!missing && last !== undefined && waitForKey) gap(last.rtp, rtp);
      if (!missing && last !== undefined && numbered === true && rtp > last.rtp + OPUS_TICKS)
        gap(last.rtp + OPUS_TICKS, rtp);
      waitForKey = missing && kind === 'video';
      if (!missing) arrived.push({ ...frame, rtp, receivedAt });
    });
    this.#noteClock(track, arrived, clockRate);
    const directory = path.join(this.dir, String(track));
    await mkdir(directory);
    let segment = 0;
    const intervals = new FrameIntervals();
    for (const part of cutSegments(arrived, clockRate)) {
      segment += 1;
      const file = path.join(String(track), `${segment}.mkv`);
      await writeSegment(path.join(this.dir, file), codec, clockRate, part);
      const { size: bytes } = await stat(path.join(this.dir, file));
      const { width, height } = part[0]!;
      for (const { rtp } of part) intervals.add(rtp);
      this.journal.push({
        ...{ at: part.at(-1)!.receivedAt, type: 'segment', track, segment, file, codec },
        ...{ firstRtp: part[0]!.rtp, lastRtp: part.at(-1)!.rtp, frames: part.length, usualTicks: intervals.usual },
        ...{ keyFrames: part.filter(({ key }) => key).length, bytes },
        ...(kind === 'audio' ? { frameTicks: 960 } : { width, height }),
      });
    }
    this.journal.push({
      at: arrived.at(-1)!.receivedAt,
      type: 'track-end',
      track,
      rtp: arrived.at(-1)!.rtp,
      cause: 'ended',
    });
  }

  #noteClock(track: number, frames: readonly Arrived[], clockRate: number): void {
    const recorder = new ArrivalRecorder(clockRate, (line) =>
      this.journal.push({ at: line.receivedAt, type: 'arrivals', track, ...line }),
    );
    for (const { rtp, receivedAt } of frames) recorder.add({ rtp, receivedAt });
    recorder.end();
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}
