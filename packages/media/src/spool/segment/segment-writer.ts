import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codec } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { AppendFile } from './append-file.ts';
import { spoolFault } from '../faults.ts';
import type { H264Config } from '../frames/h264/parameter-sets.ts';
import type { Journal } from '../journal/journal.ts';
import { startMuxer, type Muxer } from './muxer.ts';
import { recoverSegment, trimInPlace, type OpenedSegment } from './recover-segment.ts';
import { PART, segmentFile } from './segment-name.ts';
import type { Turnstile } from './turnstile.ts';
import type { BudgetShare, WriteBudget } from './write-budget.ts';

/** What must stay the same inside a segment. */
export interface SegmentShape {
  readonly codec: Codec;
  readonly config?: H264Config | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

export interface SegmentStart extends SegmentShape {
  readonly track: number;
  readonly segment: number;
  readonly firstRtp: number;
  readonly clockRate: number;
}

export interface Packet {
  readonly rtp: number;
  readonly key: boolean;
  readonly data: Uint8Array;
  /** Audio: how long it plays. */
  readonly ticks?: number | undefined;
}

/** What the writers of one take share. */
export interface SegmentContext {
  readonly dir: string;
  readonly journal: Journal;
  readonly budget: WriteBudget;
  /** Closing waits for the disk itself; not all at once, or they would keep the writes of others waiting. */
  readonly closing: Turnstile;
  /** Another worker has the spool: nothing in it may be touched any more. */
  readonly abandoned: boolean;
  readonly fail: (error: AppError) => void;
}

/** One segment: opened with its first packet, written as packets come, closed once and then immutable. */
export class SegmentWriter {
  readonly #start: SegmentStart;
  readonly #context: SegmentContext;
  readonly #share: BudgetShare;
  readonly #path: string;
  readonly #opened: OpenedSegment;
  readonly #opening: Promise<void>;
  #early: Packet[] = [];
  #muxer: Muxer | undefined;
  #file: AppendFile | undefined;
  #failed = false;
  #frames = 0;
  #keyFrames = 0;
  #last: Packet | undefined;

  constructor(start: SegmentStart, context: SegmentContext) {
    this.#start = start;
    this.#context = context;
    this.#share = context.budget.share();
    this.#path = join(context.dir, segmentFile(start.segment));
    const { track, segment, codec, firstRtp, width, height, config } = start;
    const sps = config && Buffer.from(config.spsNal).toString('base64');
    this.#opened = { track, segment, file: segmentFile(segment), codec, firstRtp, width, height, sps };
    this.#opening = this.#open().catch((error: unknown) => this.#fail(error, 'opening a segment'));
  }

  get start(): SegmentStart {
    return this.#start;
  }

  write(packet: Packet): void {
    if (this.#failed) return;
    if (!this.#share.take(packet.data.length)) {
      const message = `the disk does not keep up: ${this.#context.budget.waiting} bytes wait to be written`;
      this.#fail(new AppError('SpoolFailed', message), 'writing');
      return;
    }
    this.#frames += 1;
    this.#keyFrames += packet.key ? 1 : 0;
    this.#last = packet;
    if (this.#muxer === undefined) this.#early.push(packet);
    else this.#mux(this.#muxer, packet);
  }

  /** Closes the file, renames it and journals it. Never rejects: what goes wrong is told as the take's fault. */
  async close(): Promise<void> {
    await this.#opening;
    await this.#context.closing.pass(async () => {
      try {
        if (this.#context.abandoned) await this.#file?.close();
        else await (this.#failed ? this.#salvage() : this.#finish());
      } catch (error) {
        this.#fail(error, 'closing a segment');
        await this.#salvage().catch((cause: unknown) => this.#fail(cause, 'closing a segment'));
      }
      this.#share.release();
    });
  }

  async #open(): Promise<void> {
    this.#context.journal.append({ type: 'segment-open', ...this.#opened });
    await this.#context.journal.written();
    if (this.#context.abandoned) return;
    const onError = (error: unknown): void => this.#fail(error, 'writing a segment');
    this.#file = await AppendFile.open(this.#path + PART, {
      flags: 'wx',
      onError,
      onSettled: (bytes) => this.#share.giveBack(bytes),
    });
    const output = this.#file;
    const muxer = await startMuxer(this.#start, { write: (bytes) => output.push(bytes), onError });
    for (const packet of this.#early) this.#mux(muxer, packet);
    this.#early = [];
    this.#muxer = muxer;
  }

  #mux(muxer: Muxer, { data, key, rtp }: Packet): void {
    muxer.add({ data, key, timestamp: (rtp - this.#start.firstRtp) / this.#start.clockRate });
  }

  async #finish(): Promise<void> {
    await this.#muxer?.finish();
    const file = this.#file;
    await file?.drained();
    if (file === undefined || this.#failed) {
      await this.#salvage();
      return;
    }
    await file.sync();
    await file.close();
    await rename(this.#path + PART, this.#path);
    this.#context.journal.append({
      type: 'segment',
      ...this.#opened,
      lastRtp: this.#last?.rtp ?? this.#start.firstRtp,
      frameTicks: this.#last?.ticks,
      frames: this.#frames,
      keyFrames: this.#keyFrames,
      bytes: file.wholeBytes,
    });
  }

  /** After a fault: keeps what is whole on the disk. */
  async #salvage(): Promise<void> {
    await this.#file?.close();
    this.#context.journal.append(
      await recoverSegment(this.#context.dir, this.#opened, this.#start.clockRate, trimInPlace),
    );
  }

  #fail(error: unknown, doing: string): void {
    this.#failed = true;
    this.#early = [];
    this.#context.fail(spoolFault(error, doing));
  }
}
