import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@trtc-recorder/runtime';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { amended, openCallback, openSecrets, sealCallback, sealSecrets, type Amendment } from '../amendment.ts';
import { RecordingPayloadSchema, type RecordingPayload } from '../catalogue.ts';
import { callbackData } from '../jobs.ts';
import { logLine } from '../log-line.ts';
import { amend, readOrders } from '../redis/orders.ts';
import type { Sealer } from '../sealing.ts';
import {
  changedFields,
  patched,
  refuseLate,
  type Changeable,
  type ChangedField,
  type RecordingPatch,
} from './patch.ts';

export interface UpdateParts {
  readonly redis: Redis;
  readonly recordings: Queue;
  readonly sealer: Sealer;
}

/**
 * Changes a recording that waits or runs: all of the patch or nothing. A worker that runs it knows within about a
 * second. The same patch again changes nothing. Gives the fields that changed; null: there is no such recording.
 * Errors: UpdateTooLate, InvalidParameter.Field.
 */
export async function updateRecording(
  parts: UpdateParts,
  requestId: string,
  patch: RecordingPatch,
): Promise<ChangedField[] | null> {
  for (;;) {
    const orders = await readOrders(parts.redis, requestId);
    const data: unknown = (await parts.recordings.getJob(requestId))?.data;
    if (orders === null || data === undefined) return null;
    const { amendment } = orders;
    const payload = amended(RecordingPayloadSchema.parse(data), amendment);
    const before = changeable(payload, parts.sealer);
    const after = patched(before, patch);
    const changed = changedFields(before, after);
    refuseLate(changed, payload.state);
    const seen = { amendment, step: payload.state.step };
    const answer = await amend(parts.redis, requestId, { seen, ...toWrite(before, after, payload, parts.sealer) });
    if (answer === 'none') return null;
    if (answer === 'ended')
      throw new AppError('UpdateTooLate', 'the recording has ended: nothing of it can be changed');
    // Meanwhile the worker reached another step, or another update was made: decide anew.
    if (answer === 'conflict') continue;
    const line = logLine(`update: ${changed.join(', ')}`);
    if (changed.length > 0) await parts.recordings.addJobLog(requestId, line);
    if (changed.includes('CosConfig keys')) await hurry(parts.recordings, requestId);
    return changed;
  }
}

/** An upload that waits for its next round may have waited for these keys. */
async function hurry(recordings: Queue, requestId: string): Promise<void> {
  const job: Job | undefined = await recordings.getJob(requestId);
  // Not delayed, or no longer: then a worker has it, or will soon.
  await job?.promote().catch(() => undefined);
}

const changeable = (payload: RecordingPayload, sealer: Sealer): Changeable => ({
  recording: payload.recording,
  secrets: openSecrets(sealer, payload),
  url: openCallback(sealer, payload),
});

/** Only what changes is written, and sealed anew only where a secret did. */
function toWrite(before: Changeable, after: Changeable, payload: RecordingPayload, sealer: Sealer) {
  if (isDeepStrictEqual(before, after)) return {};
  const { recording, secrets, url } = after;
  const { requestId, maxDurationMs, cos } = recording;
  const sameUrl = url === before.url;
  const callback = sameUrl || url === undefined ? payload.callback : sealCallback(sealer, url, requestId);
  const sameSecrets = isDeepStrictEqual(before.secrets, secrets);
  const amendment: Amendment = {
    ...(maxDurationMs !== undefined && { maxDurationMs }),
    cos,
    sealed: sameSecrets ? payload.sealed : sealSecrets(sealer, secrets, requestId),
    ...(callback && { callback }),
  };
  return {
    amendment: JSON.stringify(amendment),
    ...(!sameUrl && { callbackData: JSON.stringify(callbackData({ ...payload, callback })) }),
  };
}
