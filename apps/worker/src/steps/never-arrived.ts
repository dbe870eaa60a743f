import type { ResultFile } from '@trtc-recorder/contracts';
import type { JournalEntry } from '@trtc-recorder/media';
import type { Job, Ports } from '../ports.ts';

/**
 * What a caller is told of streams that were published and of which nothing could be recorded: an element of `Files`
 * each, so that nobody takes the others for all there was.
 */
export async function tellNeverArrived(
  job: Job,
  journal: readonly JournalEntry[],
  ports: Ports,
): Promise<ResultFile[]> {
  const missing = ports.files.neverArrived(journal, job.recording.mode);
  // Said once, also if the timeline, which comes next, waits for further rounds.
  for (const { userId, stream, kinds } of job.state.timeline === undefined ? missing : [])
    await job.log(
      `capture: ${JSON.stringify(userId)} published ${stream} ${kinds.join(' and ')}: nothing of it arrived`,
    );
  return missing.map(({ userId, stream, kinds, startMs, endMs }) => ({
    UserId: userId,
    RecordFile: '',
    Status: 0,
    Message: `record fail: ${kinds.join(' and ')} was published, but nothing of it could be recorded`,
    StreamType: stream,
    StartTime: new Date(startMs).toISOString(),
    EndTime: new Date(endMs).toISOString(),
  }));
}

/** Nothing of such a file is in the spool. */
export const isNeverArrived = ({ Message }: ResultFile): boolean => Message.startsWith('record fail');
