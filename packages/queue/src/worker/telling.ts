import type { Logger } from '@trtc-recorder/runtime';
import type { Job } from 'bullmq';
import { logLine } from '../log-line.ts';
import { orAborted } from '../or-aborted.ts';
import type { RecordingJob } from './recording-job.ts';

/**
 * A recording's progress and log lines. They are for people: what keeps them from being written, a Redis that takes no
 * writes or has forgotten the job, is noted once and never fails the recording. They wait while Redis is away.
 */
export function telling(job: Job, signal: AbortSignal, logger: Logger): Pick<RecordingJob, 'progress' | 'log'> {
  let failing = false;
  const tell = async (written: Promise<unknown>): Promise<void> => {
    try {
      await orAborted(written, signal);
      failing = false;
    } catch (error) {
      signal.throwIfAborted();
      if (!failing) logger.warn({ err: error, requestId: job.id }, 'a recording cannot tell how it goes on');
      failing = true;
    }
  };
  return {
    progress: (progress) => tell(job.updateProgress(progress)),
    log: (line) => tell(job.log(logLine(line))),
  };
}
