import type { ResultFile } from '@trtc-recorder/contracts';
import type { FilePlan } from '@trtc-recorder/media';
import { inParallel } from '../in-parallel.ts';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { convert } from './convert.ts';
import { deliver, type Outcome } from './deliver.ts';
import { Outage } from './outage.ts';
import { postpone } from './postpone.ts';
import { FileProgress } from './progress.ts';

/**
 * A round of delivery: makes and uploads what is not delivered yet. Files are uploaded as they are made: the first is
 * delivered while the last is still being converted. When some have to wait, for COS or for room on the disk, the job goes back to the
 * queue until the next round, and this throws; once their time is over, they have failed.
 */
export async function deliverFiles(
  job: Job,
  plans: readonly FilePlan[],
  spool: RecordingSpool,
  ports: Ports,
): Promise<ResultFile[]> {
  const settled = new Map(job.state.files.map((file) => [fileId(file), file]));
  const open = plans.filter((plan) => !settled.has(planId(plan)));
  const progress = await startProgress(job, plans, settled.size);
  const outage = new Outage();
  const unsettled: Outcome[] = [];
  // Saved before the first upload and waited for by every file: what the caller changed until then holds for all.
  let begun = job.state.step === 'upload' ? Promise.resolve() : null;

  await inParallel(turned(open, job.state.delivery?.rounds ?? 0), parallel(job, ports), async (plan) => {
    const converted = await convert(job, plan, spool, ports);
    await progress.converted();
    await (begun ??= job.save({ step: 'upload' }));
    const outcome = await deliver(job, converted, ports, outage);
    if (!isSettled(outcome)) return void unsettled.push(outcome);
    settled.set(fileId(outcome.file), outcome.file);
    await job.save({ files: [...settled.values()] });
    await progress.uploaded();
  });
  const causes = unsettled.flatMap(({ waitsFor }) => waitsFor ?? []);
  const tried = await postpone(job, { what: `${unsettled.length} files`, causes }, ports);
  for (const file of await superseded(job, plans, [...settled.values()])) settled.delete(fileId(file));
  return inOrder([...settled.values(), ...unsettled.map(({ file }) => givenUp(file, tried))]);
}

/** One at a time after a fault of a machine: it may have had too little memory for several. */
const parallel = ({ state }: Job, { settings }: Ports): number =>
  state.diskAway === undefined ? settings.transcodeParallel : 1;

/**
 * Files of an earlier round that a later one made anew, longer: another disk's part of them came late. What was
 * delivered of them stays in the bucket, but nobody is to find the same minutes twice in a result.
 */
async function superseded(job: Job, plans: readonly FilePlan[], files: readonly ResultFile[]): Promise<ResultFile[]> {
  const planned = new Map(plans.map((plan) => [planId(plan), plan]));
  const present = files.filter(({ Status }) => Status === 1).flatMap((file) => planned.get(fileId(file)) ?? []);
  const old = files.filter(
    (file) =>
      !planned.has(fileId(file)) &&
      present.some((plan) => plan.userId === file.UserId && plan.stream === file.StreamType && overlaps(plan, file)),
  );
  for (const { RecordFile } of old.filter(({ Status }) => Status === 1))
    await job.log(`upload: ${RecordFile} is superseded by a longer file, and in no result`);
  return old;
}

const overlaps = ({ startMs, endMs }: FilePlan, { StartTime, EndTime }: ResultFile): boolean =>
  StartTime !== undefined && Date.parse(StartTime) < endMs && Date.parse(EndTime ?? StartTime) >= startMs;

const givenUp = (file: ResultFile, tried: string | undefined): ResultFile =>
  tried === undefined ? file : { ...file, Message: `${file.Message}; ${tried}` };

/** An upload that was refused is tried again if there is a further round: its keys may have been replaced. */
const isSettled = ({ file, waitsFor }: Outcome): boolean =>
  waitsFor === undefined && (file.Status === 1 || file.Message.startsWith('convert fail'));

/** Every round begins with another file, so that none that always fails keeps the others from being tried. */
const turned = <T>(items: readonly T[], by: number): T[] => {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
};

async function startProgress(job: Job, plans: readonly FilePlan[], settled: number): Promise<FileProgress> {
  const { step, startedAt = 0, endedAt = startedAt } = job.state;
  const progress = new FileProgress(job, {
    Step: step === 'upload' ? 'upload' : 'transcode',
    Files: plans.length,
    Converted: settled,
    Uploaded: settled,
    Anchors: new Set(plans.map((plan) => plan.userId)).size,
    Seconds: Math.round((endedAt - startedAt) / 1000),
  });
  await progress.report();
  return progress;
}

const fileId = (file: Pick<ResultFile, 'UserId' | 'StreamType' | 'StartTime'>): string =>
  JSON.stringify([file.UserId, file.StreamType, file.StartTime]);

const planId = ({ userId, stream, startMs }: FilePlan): string =>
  fileId({ UserId: userId, StreamType: stream, StartTime: new Date(startMs).toISOString() });

const inOrder = (files: ResultFile[]): ResultFile[] =>
  files.sort(
    (a, b) => fileId(a).localeCompare(fileId(b), 'en') || (a.StartTime ?? '').localeCompare(b.StartTime ?? ''),
  );
