import { z } from 'zod';
import { RecordingPayloadSchema, type RecordingPayload } from './catalogue.ts';
import { RecordingSchema, RecordingSecretsSchema, type RecordingSecrets } from './recording.ts';
import type { Sealer } from './sealing.ts';

/** What was changed of a recording after it was accepted. It lies beside the job's data, and its word counts. */
export const AmendmentSchema = RecordingSchema.pick({ maxDurationMs: true, cos: true }).extend({
  /** RecordingSecrets, sealed: all of them, those that were not changed as well. */
  sealed: z.string(),
  callback: RecordingPayloadSchema.shape.callback,
});
export type Amendment = z.infer<typeof AmendmentSchema>;

/** The job's data as it counts now. */
export function amended(payload: RecordingPayload, amendment: string | null): RecordingPayload {
  if (amendment === null) return payload;
  const { sealed, callback, ...changes } = AmendmentSchema.parse(JSON.parse(amendment));
  return { ...payload, recording: { ...payload.recording, ...changes }, sealed, ...(callback && { callback }) };
}

/** Errors: SealKeyMissing, SealBroken. */
export const openSecrets = (sealer: Sealer, { sealed, recording }: RecordingPayload): RecordingSecrets =>
  RecordingSecretsSchema.parse(JSON.parse(sealer.open(sealed, recording.requestId, 'recording-secrets')));

export const sealSecrets = (sealer: Sealer, secrets: RecordingSecrets, requestId: string): string =>
  sealer.seal(JSON.stringify(secrets), requestId, 'recording-secrets');

export const sealCallback = (
  sealer: Sealer,
  url: string,
  requestId: string,
): NonNullable<RecordingPayload['callback']> => ({
  sealedUrl: sealer.seal(url, requestId, 'callback-url'),
  origin: new URL(url).origin,
});

/** Errors: SealKeyMissing, SealBroken. */
export const openCallback = (sealer: Sealer, { callback, recording }: RecordingPayload): string | undefined =>
  callback && sealer.open(callback.sealedUrl, recording.requestId, 'callback-url');
