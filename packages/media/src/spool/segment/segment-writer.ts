import { open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@trtc-recorder/runtime';
import { inTurn } from '../disk-sync.ts';
import { spoolFault } from '../faults.ts';
import type { Journal } from '../journal/journal.ts';
import type { FrameIntervals } from './frame-intervals.ts';
import { AppendFile } from './append-file.ts';
import { MatroskaWriter, type MatroskaTrack } from './matroska-writer.ts';
import { recoverSegment, trimInPlace, type OpenedSegment } from './recover-segment.ts';
import { PART, segmentFile } from './segment-name.ts';
import type { BudgetShare, WriteBudget } from './write-budget.ts';

/** What must stay the same inside a segment. */
export type SegmentShape = MatroskaTrack;

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
  /** Audio: how long it plays, in ticks. */
  readonly ticks?: number | undefined;
}

/** What the writers of one take share. */
export interface SegmentContext {
  readonly dir: string;
  readonly journal: Journal;
  readonly budget: WriteBudget;
  /** Another worker has the spool: nothing in it may be touched any more. */
  readonly abandoned: boolean;
  readonly fail: (error: AppError) => void;
}

/** One segment: opened with its first packet, written as packets come, closed once and then immutable. */
export class SegmentWriter {
  readonly start: SegmentStart;
  readonly #context: SegmentContext;
  readonly #opened: OpenedSegment;
  readonly #path: string;
  readonly #share: BudgetShare;
  readonly #file: AppendFile;
  readonly #matroska: MatroskaWriter;
  #failed = false;
  #frames = 0;
  #keyFrames = 0;
  /** The one that is shown last. */
  #last: Packet | undefined;
  #reordered = false;

  readonly #intervals: FrameIntervals;

  /** `intervals`: of the track's frames, this segment's included. */
  constructor(start: SegmentStart, context: SegmentContext, intervals: FrameIntervals) {
    const { track, segment, codec, firstRtp, width, height, config } = start;
    const sps = config && Buffer.from(config.spsNal).toString('base64');
    this.start = start;
    this.#context = context;
    this.#intervals = intervals;
    this.#opened = { track, segment, file: segmentFile(segment), codec, firstRtp, width, height, sps };
    this.#path = join(context.dir, this.#opened.file);
    this.#share = context.budget.share();
    this.#file = new AppendFile({
      open: () => this.#open(),
      onSettled: (bytes) => this.#share.giveBack(bytes),
      onError: (error) => this.#fail(error, 'writing a segment'),
    });
    this.#matroska = new MatroskaWriter(start, (bytes) => this.#file.push(bytes));
  }

  write(packet: Packet): void {
    if (this.#failed) return;
    if (!this.#share.take(packet.data.length)) {
      const message = `the disk does not keep up: ${this.#context.budget.waiting} bytes wait to be written`;
      this.#fail(new AppError('SpoolFailed', message), 'writing a segment');
      return;
    }
    this.#frames += 1;
    this.#keyFrames += packet.key ? 1 : 0;
    if (packet.rtp < (this.#last?.rtp ?? packet.rtp)) this.#reordered = true;
    else this.#last = packet;
    const { firstRtp, clockRate } = this.start;
    const ms = Math.round(((packet.rtp - firstRtp) * 1000) / clockRate);
    this.#matroska.add({ data: packet.data, key: packet.key, ms });
  }

  /** Closes the file, renames it and journals it. Never rejects: what goes wrong is told as the take's fault. */
  async close(): Promise<void> {
    await this.#file.drained();
    try {
      await this.#finish();
    } catch (error) {
      this.#fail(error, 'closing a segment');
      await this.#salvage();
    }
    this.#share.release();
  }

  /** The journal knows of a segment before there is a file: a file without an owner would be lost. */
  async #open(): Promise<FileHandle> {
    this.#context.journal.append({ type: 'segment-open', ...this.#opened });
    await this.#context.journal.written();
    if (this.#context.abandoned) throw new AppError('SpoolFailed', 'the spool is taken over');
    return await open(this.#path + PART, 'wx', 0o600);
  }

  async #finish(): Promise<void> {
    if (this.#context.abandoned) {
      await this.#file.close();
      return;
    }
    if (this.#failed) {
      await this.#salvage();
      return;
    }
    await inTurn(() => this.#file.sync());
    await this.#file.close();
    await rename(this.#path + PART, this.#path);
    this.#context.journal.append({
      type: 'segment',
      ...this.#opened,
      lastRtp: this.#last?.rtp ?? this.start.firstRtp,
      frameTicks: this.#last?.ticks,
      usualTicks: this.#intervals.usual,
      frames: this.#frames,
      keyFrames: this.#keyFrames,
      bytes: this.#file.bytes,
      ...(this.#reordered && { reordered: true as const }),
    });
  }

  /** After a fault: keeps what is whole on the disk, as far as the disk lets us. */
  async #salvage(): Promise<void> {
    try {
      await this.#file.close();
      const { dir, journal } = this.#context;
      journal.append(await recoverSegment(dir, this.#opened, this.start.clockRate, trimInPlace));
    } catch (error) {
      this.#fail(error, 'closing a segment');
    }
  }

  #fail(error: unknown, doing: string): void {
    this.#failed = true;
    this.#context.fail(spoolFault(error, doing));
  }
}
