import type { Frame, Mode, Room, RoomEvent } from '@trtc-recorder/contracts';
import type { DocumentFacts, FilePlan, JournalEntry, ProducedFile, Take } from '@trtc-recorder/media';
import type { Recording, RecordingJob } from '@trtc-recorder/queue';
import type { AppError } from '@trtc-recorder/runtime';

/** What the flow needs of the queue's RecordingJob. */
export type Job = Pick<
  RecordingJob,
  'recording' | 'secrets' | 'state' | 'attempt' | 'crashes' | 'signal' | 'save' | 'progress' | 'log' | 'stopRequested'
>;

export interface JoinParams {
  readonly sdkAppId: number;
  readonly room: Room;
  readonly userId: string;
  readonly userSig: string;
  readonly mode: Mode;
}

export interface RoomListener {
  onFrame(frame: Frame): void;
  onEvent(event: RoomEvent): void;
}

/** Rooms to join. The browser behind it is replaced when it dies. */
export interface Rooms {
  /** Resolves once in the room. Errors: JoinRefused, JoinFailed, BrowserUnavailable, BrowserCrashed. */
  join(params: JoinParams, listener: RoomListener, signal: AbortSignal): Promise<{ leave(): Promise<void> }>;
}

/** The directory a recording lives in until it is delivered. */
export interface RecordingSpool {
  readonly dir: string;
  startTake(options: { worker: string; mode: Mode; onFault(error: AppError): void }): Promise<Take>;
  /** Closes what a killed take left behind. */
  recover(): Promise<void>;
  journal(): Promise<JournalEntry[]>;
  remove(): Promise<void>;
}

export interface Spools {
  open(requestId: string): Promise<RecordingSpool>;
}

/** From segments to checked files. */
export interface Files {
  plan(journal: readonly JournalEntry[], mode: Mode): FilePlan[];
  /** Makes and checks one file. Errors: ConvertFailed, FileRejected, SpoolFull. */
  produce(plan: FilePlan, spoolDir: string, signal: AbortSignal): Promise<ProducedFile>;
  /** Writes `timeline.json` below the spool; gives its path. Error: SpoolFull. */
  writeTimeline(journal: readonly JournalEntry[], facts: DocumentFacts, spoolDir: string): Promise<string>;
}

export interface Delivered {
  readonly url: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** Where files are delivered: the caller's or the configured bucket, with the keys that belong to it. */
export interface Store {
  /** The object key a file gets. */
  key(recording: Recording, plan: FilePlan): string;
  /** The object key `timeline.json` gets, beside the files. */
  timelineKey(recording: Recording): string;
  /** Uploads and verifies. Errors: the catalogue's Cos* and CredentialsUnavailable. */
  upload(job: Job, file: string, key: string, contentType: string): Promise<Delivered>;
  /** Removes what an upload that was given up has left in the bucket. */
  abandon(job: Job, key: string): Promise<void>;
}

export interface RecordSettings {
  readonly workerId: string;
  readonly noAnchorMs: number;
  readonly maxDurationMs: number;
  /** Files converted at once. */
  readonly transcodeParallel: number;
  readonly keepSpool: boolean;
}

/** Everything the flow reaches the world through. */
export interface Ports {
  readonly rooms: Rooms;
  readonly spools: Spools;
  readonly files: Files;
  readonly store: Store;
  /** The UserSig to join with: the request's, or one signed by the service. Error: JoinRefused when there is neither. */
  userSig(job: Job): string;
  /** ms since the epoch. */
  now(): number;
  readonly settings: RecordSettings;
}
