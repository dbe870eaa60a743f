import type { Frame, Mode } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSpool, planFiles, produceFile, type JournalEntry, type ProducedFile } from '../../src/index.ts';
import type { FilePlan, ProduceOptions } from '../../src/index.ts';

/** A recording through the real spool: frames as the tap gives them become segments, a journal and files. */
export class Recorder {
  readonly dir: string;
  journal: JournalEntry[] = [];
  keyFramesAsked = 0;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<Recorder> {
    return new Recorder(await mkdtemp(path.join(tmpdir(), 'recorder-')));
  }

  /** Captures frames in the order of their arrival, in one take. */
  async capture(frames: readonly Frame[], mode: Mode = '02', segmentMs?: number): Promise<this> {
    const spool = await openSpool({
      dir: path.join(this.dir, 'spool'),
      logger: silentLogger(),
      ...(segmentMs === undefined ? {} : { segmentMs }),
    });
    const take = await spool.startTake({
      worker: 'w',
      mode,
      onFault: (error) => {
        throw error;
      },
      onKeyFrameNeeded: () => (this.keyFramesAsked += 1),
    });
    for (const frame of frames.toSorted((a, b) => a.receivedAt - b.receivedAt)) take.frame(frame);
    await take.close('stopped');
    this.journal = [...(await spool.journal())];
    return this;
  }

  plans(mode: Mode = '02'): FilePlan[] {
    return planFiles(this.journal, { mode });
  }

  /** The one file that was recorded. */
  async produce(mode: Mode = '02', options: Partial<ProduceOptions> = {}): Promise<ProducedFile> {
    const [plan, ...others] = this.plans(mode);
    if (plan === undefined || others.length > 0) throw new Error(`${others.length} files more than one`);
    const places = { spoolDir: path.join(this.dir, 'spool'), outDir: path.join(this.dir, `out-${mode}`) };
    return produceFile(plan, { ...places, ...options });
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }
}
