import type { ResultFile, ResultTimeline, TimelineFile } from '@trtc-recorder/contracts';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import type { Job, Ports, RecordingSpool } from '../ports.ts';
import { Outage } from './outage.ts';
import { postpone } from './postpone.ts';
import { put } from './put.ts';

/**
 * Delivers `timeline.json` beside the files, after them because it names their URLs; once, and only if any file was
 * delivered. It waits for a later round as files do. One that can't be delivered takes nothing from the recording.
 */
export async function deliverTimeline(
  job: Job,
  spool: RecordingSpool,
  files: readonly ResultFile[],
  ports: Ports,
): Promise<void> {
  if (job.state.timeline?.Status === 1 || !files.some(({ Status }) => Status === 1)) return;
  const timeline = await upload(job, spool, files, ports).catch(toAppError);
  if (!(timeline instanceof AppError)) return job.save({ timeline });
  job.signal.throwIfAborted();
  const Message = `upload fail: ${timeline.message}`;
  await job.log(`${WHAT}: failed: ${timeline.message}`);
  // Before it is waited for, so that also a recording that is terminated meanwhile tells it.
  await job.save({ timeline: failed(Message) });
  // What no error of the catalogue explains is a fault in the making, which time does not mend.
  const causes = timeline.retryable && timeline.code !== 'InternalError' ? [timeline] : [];
  const tried = await postpone(job, { what: 'timeline.json', causes }, ports);
  if (tried !== undefined) await job.save({ timeline: failed(`${Message}; ${tried}`) });
}

const WHAT = 'upload timeline.json';

const failed = (Message: string): ResultTimeline => ({ Url: '', Status: 0, Message });

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
  const request = { what: WHAT, file: path, contentType: 'application/json' };
  const { url, size } = await put({ ...request, key: (place) => place.timelineKey() }, job, ports, new Outage());
  await job.log(`${WHAT}: done, ${size} bytes`);
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
