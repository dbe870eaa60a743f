import type { ResultFile, ResultTimeline, TimelineFile } from '@trtc-recorder/contracts';
import { errorMessage } from '@trtc-recorder/runtime';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { Outage } from './outage.ts';
import { put } from './put.ts';

/**
 * Delivers `timeline.json` beside the files, after them because it names their URLs; once, and only if any file was
 * delivered. Never throws but for an abort: a recording without its timeline is whole.
 */
export async function deliverTimeline(
  job: Job,
  spool: RecordingSpool,
  files: readonly ResultFile[],
  ports: Ports,
): Promise<void> {
  if (job.state.timeline?.Status === 1 || !files.some(({ Status }) => Status === 1)) return;
  const timeline = await upload(job, spool, files, ports).catch(async (error: unknown): Promise<ResultTimeline> => {
    job.signal.throwIfAborted();
    await job.log(`upload timeline.json: failed: ${errorMessage(error)}`);
    return { Url: '', Status: 0, Message: `upload fail: ${errorMessage(error)}` };
  });
  await job.save({ timeline });
}

async function upload(
  job: Job,
  spool: RecordingSpool,
  files: readonly ResultFile[],
  ports: Ports,
): Promise<ResultTimeline> {
  const { requestId } = job.recording;
  const { reason } = job.state;
  const facts = { requestId, ...(reason !== undefined && { reason }), files: files.map(toTimelineFile) };
  const path = await ports.files.writeTimeline(await spool.journal(), facts, spool.dir);
  const request = { what: 'upload timeline.json', file: path, contentType: 'application/json' };
  const { url, size } = await put({ ...request, key: (place) => place.timelineKey() }, job, ports, new Outage());
  await job.log(`${request.what}: done, ${size} bytes`);
  return { Url: url, Status: 1, Message: 'record success' };
}

const toTimelineFile = (file: ResultFile): TimelineFile => ({
  UserId: file.UserId,
  StreamType: file.StreamType ?? 'main',
  RecordFile: file.RecordFile,
  StartMs: Date.parse(file.StartTime ?? ''),
  EndMs: Date.parse(file.EndTime ?? ''),
  ...(file.Quality !== undefined && { Quality: file.Quality }),
});
