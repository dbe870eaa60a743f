import type { ResultFile } from '@trtc-recorder/contracts';
import type { FilePlan, ProducedFile } from '@trtc-recorder/media';
import { isMachineFault, toAppError, type AppError } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';
import type { Converted } from './convert.ts';
import type { Outage } from './outage.ts';
import { put, type Put } from './put.ts';

/** How far a file got in one round. */
export interface Outcome {
  /** What the caller gets to know of it, if this is its end. */
  readonly file: ResultFile;
  /** Why it is not delivered yet, though a later round may do it. */
  readonly waitsFor?: AppError;
}

const contentTypes = { mp3: 'audio/mpeg', mp4: 'video/mp4' } as const;

/** Uploads one converted file. A file that can't be delivered is told, never thrown: the others go on. */
export async function deliver(job: Job, converted: Converted, ports: Ports, outage: Outage): Promise<Outcome> {
  const { plan } = converted;
  if ('failure' in converted) return notMade(plan, converted.failure);
  if (outage.certain !== undefined) return undelivered(plan, converted.file, outage.certain);
  const what = `upload ${JSON.stringify(plan.userId)} ${plan.stream}`;
  const request = { what, file: converted.file.path, contentType: contentTypes[plan.container] };
  try {
    const done = await put({ ...request, key: (place) => place.key(plan) }, job, ports, outage);
    outage.succeeded();
    await job.log(`${what}: done, ${done.size} bytes, ${done.url}`);
    return { file: { ...factsOf(plan, converted.file), ...success(done) } };
  } catch (error) {
    job.signal.throwIfAborted();
    const cause = toAppError(error);
    if (cause.retryable) outage.failed(cause);
    await job.log(`${what}: failed: ${cause.message}`);
    return undelivered(plan, converted.file, cause);
  }
}

/** A fault of the machine passes, or another machine does not have it; what else keeps a file from being made stays. */
const notMade = (plan: FilePlan, cause: AppError): Outcome => ({
  file: { ...ownerOf(plan), ...times(plan), ...failed(`convert fail: ${cause.message}`) },
  ...(isMachineFault(cause) && { waitsFor: cause }),
});

const undelivered = (plan: FilePlan, file: ProducedFile, cause: AppError): Outcome => ({
  file: { ...factsOf(plan, file), ...failed(`upload fail: ${cause.message}`), Size: file.size },
  ...(cause.retryable && { waitsFor: cause }),
});

const failed = (Message: string) => ({ RecordFile: '', Status: 0 as const, Message });

const success = ({ url, size, etag, insteadOf }: Put) => ({
  RecordFile: url,
  Status: 1 as const,
  Message: insteadOf === undefined ? 'record success' : `record success: in the backup bucket, instead of ${insteadOf}`,
  Size: size,
  ETag: etag,
  ...(insteadOf !== undefined && { Backup: true as const }),
});

const ownerOf = ({ userId, stream }: FilePlan) => ({ UserId: userId, StreamType: stream });

const factsOf = (plan: FilePlan, file: ProducedFile) => ({
  ...ownerOf(plan),
  ...times(file),
  DurationMs: Math.round(file.durationMs),
  Quality: file.quality,
});

const times = ({ startMs, endMs }: { startMs: number; endMs: number }) => ({
  StartTime: new Date(startMs).toISOString(),
  EndTime: new Date(endMs).toISOString(),
});
