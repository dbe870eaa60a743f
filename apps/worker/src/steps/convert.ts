import { durationsByCause, withDamage, type FilePlan, type ProducedFile } from '@trtc-recorder/media';
import { AppError, isMachineFault, toAppError } from '@trtc-recorder/runtime';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { withStepRetry } from '../step-retry.ts';

/** A planned file and what became of it. */
export type Converted =
  { readonly plan: FilePlan; readonly file: ProducedFile } | { readonly plan: FilePlan; readonly failure: AppError };

const RETRY = { retries: 2, minMs: 1_000, maxMs: 10_000 };

/** Makes one file from its segments. A file that can't be made is told, never thrown: the others go on. */
export async function convert(job: Job, plan: FilePlan, spool: RecordingSpool, ports: Ports): Promise<Converted> {
  const what = `transcode ${JSON.stringify(plan.userId)} ${plan.stream}`;
  const retry = { what, ...RETRY, signal: job.signal, log: (line: string) => job.log(line) };
  try {
    const file = await withStepRetry(retry, () => ports.files.produce(plan, spool.dir, job.signal));
    // Later rounds take the file as it is: a hundred of them would push the rest out of the log.
    if (job.state.delivery === undefined)
      await job.log(`${what}: ${Math.round(file.durationMs / 1000)} s, ${file.size} bytes${missingLine(plan, file)}`);
    return { plan, file };
  } catch (error) {
    job.signal.throwIfAborted();
    const failure = await blamed(toAppError(error), ports);
    await job.log(`${what}: failed: ${failure.message}`);
    return { plan, failure };
  }
}

/** ffmpeg that lacks what it needs fails as if the recording were at fault; the health check knows better. */
async function blamed(failure: AppError, ports: Ports): Promise<AppError> {
  if (!isMachineFault(failure) && failure.code !== 'ConvertFailed') return failure;
  const outOfService = await ports.machine.examine(failure);
  if (!outOfService || isMachineFault(failure)) return failure;
  return new AppError('ToolUnavailable', failure.message, { cause: failure });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What is missing in a file, by kind and cause; nothing when nothing is. */
function missingLine(plan: FilePlan, { undecodable }: ProducedFile): string {
  const missing = [...durationsByCause(withDamage(plan, undecodable))].flatMap(([kind, causes]) =>
    [...causes].map(([cause, ms]) => `${kind} ${cause} ${seconds(ms)}`),
  );
  return missing.length === 0 ? '' : `; missing: ${missing.join(', ')}`;
}
