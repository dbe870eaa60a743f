import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { RecordingPayloadSchema } from '../catalogue.ts';
import { isUntouched } from '../recording.ts';
import { requestEnd } from '../redis/orders.ts';
import { stoppedBeforeItBegan } from '../result.ts';
import { endWaiting } from './end-waiting.ts';

/**
 * Asks for the end of a recording; what was recorded is delivered. The flag is durable, and a worker that records sees
 * it within about a second. One that waits for its first worker ends now. False: there is no such recording.
 */
export async function stopRecording(recordings: Queue, redis: Redis, requestId: string): Promise<boolean> {
  const request = await requestEnd(redis, requestId, 'stop');
  if (request !== 'requested' && request !== 'known') return request !== 'none';
  // The run that knew of it has said for how long the job is to wait. Given out at every repetition, an upload would soon
  // have had all the rounds after which it goes to the backup.
  if (request === 'known' && (await wasBegun(recordings, requestId))) return true;
  await endWaiting(redis, recordings, requestId, async (job, token) => {
    const { recording, state } = payloadOf(job);
    if (isUntouched(state)) await job.moveToCompleted(stoppedBeforeItBegan(recording), token, false);
    // Begun before: a worker has to end it, and it comes first.
    else await job.moveToWait(token);
  });
  return true;
}

async function wasBegun(recordings: Queue, requestId: string): Promise<boolean> {
  const job: Job | undefined = await recordings.getJob(requestId);
  return job !== undefined && !isUntouched(payloadOf(job).state);
}

const payloadOf = (job: Job) => RecordingPayloadSchema.parse(job.data);
