import { RecordingResultSchema } from '@trtc-recorder/contracts';
import type { Job, Queue } from 'bullmq';
import { RecordingPayloadSchema, type CallbackPayload } from '../catalogue.ts';
import { initialState } from '../recording.ts';
import { failedResult } from '../result.ts';

/** The text to POST for the recording that just ended, whether it gave a result, failed, or was removed by hand. */
export async function composeBody(callback: Job, recordings: Queue, payload: CallbackPayload): Promise<string> {
  const [returned] = Object.values<unknown>(await callback.getChildrenValues());
  if (returned !== undefined) return JSON.stringify(RecordingResultSchema.parse(returned));
  const [failure] = Object.values(await callback.getIgnoredChildrenFailures());
  const child: Job | undefined = await recordings.getJob(payload.recording.requestId);
  const parsed = RecordingPayloadSchema.safeParse(child?.data);
  const state = parsed.success ? parsed.data.state : initialState;
  const reason = failure ?? child?.failedReason ?? 'the recording was removed from the queue';
  return JSON.stringify(failedResult(payload.recording, state, reason, child?.finishedOn));
}
