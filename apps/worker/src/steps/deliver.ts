import type { ResultFile } from '@trtc-recorder/contracts';
import { errorMessage } from '@trtc-recorder/runtime';
import type { Job, Ports } from '../ports.ts';
import { withStepRetry } from '../step-retry.ts';
import type { Converted } from './convert.ts';

/** Retries of one upload: about 10 minutes of backoff. */
const RETRY = { retries: 12, minMs: 1_000, maxMs: 60_000 };

/** Uploads one converted file and says what the caller gets to know of it. Never throws but for an abort. */
export async function deliver(job: Job, converted: Converted, ports: Ports): Promise<ResultFile> {
  const { plan } = converted;
  const base = { UserId: plan.userId, StreamType: plan.stream };
  if ('failure' in converted)
    return { ...base, ...times(plan), RecordFile: '', Status: 0, Message: `convert fail: ${converted.failure}` };
  const { file } = converted;
  const key = ports.store.key(job.recording, plan);
  const what = `upload ${key}`;
  const facts = { ...base, ...times(file), DurationMs: Math.round(file.durationMs), Quality: file.quality };
  const retry = { what, ...RETRY, signal: job.signal, log: (line: string) => job.log(line) };
  try {
    const type = plan.container === 'mp3' ? 'audio/mpeg' : 'video/mp4';
    const done = await withStepRetry(retry, () => ports.store.upload(job, file.path, key, type));
    await job.log(`${what}: done, ${done.size} bytes`);
    return { ...facts, RecordFile: done.url, Status: 1, Message: 'record success', Size: done.size, ETag: done.etag };
  } catch (error) {
    job.signal.throwIfAborted();
    await job.log(`${what}: failed: ${errorMessage(error)}`);
    // Parts of an upload that nobody finishes would be billed for ever.
    await ports.store
      .abandon(job, key)
      .catch((left: unknown) => job.log(`${what}: parts may be left in the bucket: ${errorMessage(left)}`));
    return { ...facts, RecordFile: '', Status: 0, Message: `upload fail: ${errorMessage(error)}`, Size: file.size };
  }
}

const times = ({ startMs, endMs }: { startMs: number; endMs: number }) => ({
  StartTime: new Date(startMs).toISOString(),
  EndTime: new Date(endMs).toISOString(),
});
