import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ModeSchema, type Mode } from '@trtc-recorder/contracts';
import {
  openSpool,
  planFiles,
  produceFile,
  writeTimeline,
  type FilePlan,
  type JournalEntry,
  type PrevailingRule,
  type ProducedFile,
  type Undecodable,
} from '@trtc-recorder/media';
import { AppError, errorMessage, type Logger } from '@trtc-recorder/runtime';
import { objectKey } from '@trtc-recorder/tencent';
import { snapshot } from './snapshot.ts';

export interface RecoverOptions {
  readonly spoolDir: string;
  /** Where the files go; made when missing. */
  readonly outDir: string;
  /** Left out: the mode of the recording. */
  readonly mode?: Mode | undefined;
  readonly maxGapMs: number;
  readonly prevailing?: PrevailingRule;
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  readonly logger: Logger;
  /** A line for the person at the terminal. */
  readonly say: (line: string) => void;
}

/**
 * Makes the files of a spool by hand, without Redis, a job or COS: for a recording that nothing else remembers. The
 * spool is only read. Gives the number of files that could not be made. Error: SpoolFailed when it is no spool.
 */
export async function recoverFiles(options: RecoverOptions): Promise<number> {
  const { spoolDir, outDir, logger, say } = options;
  await access(path.join(spoolDir, 'journal.ndjson')).catch((cause: unknown) => {
    throw new AppError('SpoolFailed', `${spoolDir} is no spool: it has no journal.ndjson`, { cause });
  });
  const workDir = path.join(outDir, '.recover');
  await rm(workDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  try {
    await snapshot(spoolDir, workDir);
    const spool = await openSpool({ dir: workDir, logger });
    await spool.recover();
    const journal = await spool.journal();
    const plans = planFiles(journal, { mode: options.mode ?? modeOf(journal), maxGapMs: options.maxGapMs });
    if (plans.length === 0) say('nothing was captured: there are no files to make');
    let failed = 0;
    const undecodable: Undecodable[] = [];
    for (const plan of plans) {
      const file = await make(plan, workDir, options);
      failed += file === undefined ? 1 : 0;
      const { userId, stream } = plan;
      undecodable.push(...(file?.undecodable ?? []).map((each) => ({ ...each, userId, stream })));
    }
    await addTimeline(journal, undecodable, options);
    return failed;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** A file that can't be made doesn't keep the others from being made. */
async function make(
  plan: FilePlan,
  workDir: string,
  { outDir, ...options }: RecoverOptions,
): Promise<ProducedFile | undefined> {
  const { ffmpegPath, ffprobePath, logger, say, prevailing } = options;
  const name = nameOf(plan);
  try {
    const places = { spoolDir: workDir, outDir: path.join(workDir, 'files') };
    const file = await produceFile(plan, {
      ...{ ...places, ffmpegPath, ffprobePath, logger },
      ...(prevailing && { prevailing }),
    });
    await rename(file.path, path.join(outDir, name));
    say(`${path.join(outDir, name)}: ${Math.round(file.durationMs / 1000)} s, ${file.size} bytes`);
    for (const { Code, Message } of file.quality.Findings ?? []) say(`  ${Code}: ${Message}`);
    return file;
  } catch (error) {
    say(`${name}: failed: ${errorMessage(error)}`);
    return undefined;
  }
}

async function addTimeline(
  journal: readonly JournalEntry[],
  undecodable: readonly Undecodable[],
  options: RecoverOptions,
): Promise<void> {
  const { spoolDir, outDir, maxGapMs } = options;
  const facts = { requestId: path.basename(path.resolve(spoolDir)), files: [], undecodable };
  options.say(await writeTimeline(journal, facts, { outDir, maxGapMs }));
}

/** The name a file would have had in COS. */
const nameOf = ({ userId, stream, startMs, container }: FilePlan): string =>
  path.posix.basename(
    objectKey({
      path: '/',
      room: { type: 'int', id: 1 },
      requestId: 'recovered',
      userId,
      stream,
      startedAt: startMs,
      extension: container,
    }),
  );

const modeOf = (journal: readonly JournalEntry[]): Mode => {
  const take = journal.findLast((entry) => entry.type === 'take');
  return ModeSchema.parse(take?.mode ?? '02');
};
