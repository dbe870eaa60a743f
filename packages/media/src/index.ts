export {
  decodeCopy,
  encodeCopy,
  JournalEntrySchema,
  mergeSpools,
  openSpool,
  restoreSpool,
  spoolNameIn,
  SpoolGrowth,
  type CopyPositions,
  type Ended,
  type JournalEntry,
  type JournalEntryOf,
  type RestoredSpool,
  type Spool,
  type SpoolCopies,
  type SpoolOptions,
  type StartTakeOptions,
  type Take,
  type TakeStats,
} from './spool/index.ts';
export { ArrivalRecorder } from './spool/take/arrival-recorder.ts';
export { wallMs, type RtpClock } from './clock/rtp-clock.ts';
export { durationMs, type Container, type FilePlan, type Piece } from './plan/file-plan.ts';
export { durationsByCause, withDamage, type Damage } from './plan/missing-media.ts';
export { type Gap, type TrackAccount } from './timeline/gap-list.ts';
export { findNeverArrived, type NeverArrived } from './timeline/never-arrived.ts';
export { PREVAILING, type PrevailingRule } from './plan/picture.ts';
export { planFiles, planFilesInSlices, planTimeline, type PlanOptions } from './plan/plan-files.ts';
export { checkTools, type Tools } from './probe/check-tools.ts';
export { verifyFile, type VerifiedFile, type VerifyOptions } from './probe/verify-file.ts';
export { produceFile, type ProducedFile, type ProduceOptions } from './produce/produce-file.ts';
export { type DocumentFacts, type Undecodable } from './timeline/document.ts';
export { writeTimeline } from './timeline/write-timeline.ts';
export {
  buildTimeline,
  MAX_GAP_MS,
  type AnchorTimeline,
  type StreamTimeline,
  type Timeline,
} from './timeline/timeline.ts';
