import type { FlowProducer } from 'bullmq';
import { catalogue, QUEUES, type CallbackPayload, type RecordingPayload } from './catalogue.ts';

/**
 * Adds the recording's job and, as its parent, that of its callback. One transaction: either both are in Redis, or
 * neither. There is a callback job without a Callback too, because one may be given while the recording runs.
 */
export async function addJobs(flows: FlowProducer, data: RecordingPayload): Promise<void> {
  const jobId = data.recording.requestId;
  const { recordings, callbacks } = catalogue;
  await flows.add({
    name: callbacks.name,
    queueName: QUEUES.callbacks,
    data: callbackData(data),
    opts: { ...callbacks.options, jobId },
    children: [
      {
        name: recordings.name,
        queueName: QUEUES.recordings,
        data,
        // Whichever way the recording ends, the callback becomes ready.
        opts: { ...recordings.options, jobId, ignoreDependencyOnFailure: true },
      },
    ],
  });
}

/** What the callback's job holds until its recording has ended. */
export const callbackData = ({ recording, callback }: RecordingPayload): CallbackPayload => ({
  recording,
  ...callback,
});
