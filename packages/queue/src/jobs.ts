import type { FlowProducer, Queue } from 'bullmq';
import { catalogue, QUEUES, type CallbackPayload, type RecordingPayload } from './catalogue.ts';

export interface JobMakers {
  readonly recordings: Queue;
  readonly flows: FlowProducer;
}

/** Adds the recording's job. One transaction: either the recording and its callback are in Redis, or neither. */
export async function addJobs({ recordings, flows }: JobMakers, data: RecordingPayload): Promise<void> {
  const { name, options } = catalogue.recordings;
  const opts = { ...options, jobId: data.recording.requestId };
  if (data.callback === undefined) await recordings.add(name, data, opts);
  else
    await flows.add({
      ...callbackJob(data, data.callback),
      // Whichever way the recording ends, the callback becomes ready.
      children: [{ name, queueName: QUEUES.recordings, data, opts: { ...opts, ignoreDependencyOnFailure: true } }],
    });
}

const callbackJob = ({ recording }: RecordingPayload, callback: NonNullable<RecordingPayload['callback']>) => {
  const data: CallbackPayload = { recording, ...callback };
  const { name, options } = catalogue.callbacks;
  return { name, queueName: QUEUES.callbacks, data, opts: { ...options, jobId: recording.requestId } };
};
