export { catalogue, crashLimits, QUEUES, recordingTimes, RETENTION_MS, SETTLE_MS } from './catalogue.ts';
export type { Callback } from './callback/callback.ts';
export { callbackDelay } from './callback/backoff.ts';
export { createCallbackWorker, type CallbackWorker, type CallbackWorkerOptions } from './callback/callback-worker.ts';
export {
  isInRoom,
  RecordingSchema,
  RecordingStateSchema,
  type NewRecording,
  type Recording,
  type RecordingSecrets,
  type RecordingState,
  type Waited,
} from './recording.ts';
export type { Fate, FoundSpool } from './redis/fate.ts';
export { resultHead } from './result.ts';
export { createSealer, type Sealer } from './sealing.ts';
export type { Filter, ListFilter, ListPage } from './submit/listing.ts';
export type { ChangedField, RecordingPatch } from './submit/patch.ts';
export type { Replay } from './submit/replay.ts';
export type { Submission } from './submit/submission.ts';
export type { Depth } from './depth.ts';
export type { Statistics } from './submit/statistics.ts';
export { createSubmitter, type Depths, type Submitter, type SubmitterOptions } from './submit/submitter.ts';
export type { Termination } from './submit/terminate.ts';
export { Interruption, type InterruptionKind } from './worker/interruption.ts';
export type { RecordingJob } from './worker/recording-job.ts';
export { createRecordingWorker, type RecordingWorker, type RecordingWorkerOptions } from './worker/recording-worker.ts';
