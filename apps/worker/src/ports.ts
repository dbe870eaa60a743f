import type { Frame, Mode, Room, RoomEvent } from '@trtc-recorder/contracts';
import type {
  DocumentFacts,
  Ended,
  FilePlan,
  JournalEntry,
  NeverArrived,
  ProducedFile,
  Take,
} from '@trtc-recorder/media';
import type { RecordingJob, RecordingState } from '@trtc-recorder/queue';
import type { AppError, BackoffBounds } from '@trtc-recorder/runtime';

/** What the flow needs of the queue's RecordingJob. */
export type Job = Pick<
  RecordingJob,
  | 'recording'
  | 'secrets'
  | 'state'
  | 'attempt'
  | 'crashes'
  | 'signal'
  | 'clock'
  | 'save'
  | 'progress'
  | 'log'
  | 'stopRequested'
  | 'handBack'
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

/** The recorder's stay in a room. */
export interface Session {
  leave(): Promise<void>;
  /** Whether its browser died while others were in it too, any of whom may have brought it down. */
  sharedFate(): boolean;
  /** The sender of these frames (`Frame.tap`) is asked for a key frame. */
  requestKeyFrame(tap: number): void;
}

/** Rooms to join. The browser behind it is replaced when it dies. */
export interface Rooms {
  /** Resolves once in the room. Errors: JoinRefused, JoinFailed, BrowserUnavailable, BrowserCrashed. */
  join(params: JoinParams, listener: RoomListener, signal: AbortSignal): Promise<Session>;
}

/** The directory a recording lives in until it is delivered. */
export interface RecordingSpool {
  readonly dir: string;
  /** Its name among all spools of all disks. */
  readonly name: string;
  /** Error: SpoolTaken, when another worker has begun a take since it was opened or claimed. */
  startTake(options: {
    worker: string;
    mode: Mode;
    aheadMs?: number | undefined;
    onFault(error: AppError): void;
    onKeyFrameNeeded?(tap: number): void;
  }): Promise<Take>;
  /** The queue says that the recording is ours, whatever others have begun until now. */
  claim(): Promise<void>;
  /** Keeps how the recording ended; no take may be running. */
  keepEnding(ending: Ended): Promise<void>;
  /** Closes what a killed take left behind. */
  recover(): Promise<void>;
  journal(): Promise<JournalEntry[]>;
  /** Segments of which a damaged journal doesn't say whose they are: they are in no file. */
  strays(): Promise<string[]>;
  remove(): Promise<void>;
}

export interface Spools {
  open(requestId: string): Promise<RecordingSpool>;
}

/**
 * What stays of a recording when its spool is removed: that it is delivered, and as what. A Redis that lost its last
 * seconds (a failover, a power cut) would otherwise have workers wait in vain for a spool that nobody has any more.
 */
export interface Receipts {
  /** Resolves when it has reached the disk. */
  keep(job: Pick<Job, 'recording' | 'state'>): Promise<void>;
  /** The state in which the recording was delivered; null: there is no receipt here. */
  find(job: Pick<Job, 'recording'>): Promise<RecordingState | null>;
}

/**
 * Copies of spools in COS, from which a recording survives the loss of the machine that captured it. Copying never
 * throws and is never waited for, but for a moment at the end of a capture.
 */
export interface SpoolCopies {
  /** Where the copies of a recording go that has none yet; undefined when there are to be none. */
  place(job: Job): Job['state']['copiesIn'];
  /**
   * Copies the spool from now on; the answer ends that: the rest is copied, waited for up to `limitMs`, and not at all
   * when the job is to go back: its next worker waits to go on, and needs the copies only in the end.
   */
  begin(job: Job, spool: RecordingSpool): (limitMs: number) => Promise<void>;
  /** Adds what was captured on other disks to the spool. No take may be running. */
  restore(job: Job, spool: RecordingSpool): Promise<void>;
  /** Removes the copies of a recording that is delivered. Never rejects. */
  remove(job: Job): Promise<void>;
}

/** From segments to checked files. */
export interface Files {
  plan(journal: readonly JournalEntry[], mode: Mode): Promise<FilePlan[]>;
  /** Streams that were published and give no file, because nothing of them came. */
  neverArrived(journal: readonly JournalEntry[], mode: Mode): NeverArrived[];
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

/** A bucket where a recording's files may go, with the keys that belong to it. */
export interface Place {
  /** For messages. */
  readonly name: string;
  /** The object key a file gets. Error: InvalidParameter.Field. */
  key(plan: FilePlan): string;
  /** The object key `timeline.json` gets, beside the files. */
  timelineKey(): string;
  /** Uploads and verifies. Errors: the catalogue's Cos*, CredentialsUnavailable, SpoolFailed. */
  upload(file: string, key: string, contentType: string): Promise<Delivered>;
  /** Aborts the multipart uploads of this recording that nobody will finish; gives their number. */
  abortUploads(): Promise<number>;
}

/** Where files are delivered. */
export interface Store {
  /** The caller's or the configured bucket, and the backup, if there is one. Error: CosBucketNotFound: there is none. */
  places(job: Job): { readonly first: Place; readonly backup: Place | null };
}

export interface DeliverySettings {
  /** Waits between rounds of delivery. */
  readonly backoff: BackoffBounds;
  /** How long rounds go on after the first that failed, ms. */
  readonly giveUpMs: number;
  /** How long workers without the spool wait for one that has it, ms. */
  readonly spoolAwayMs: number;
  /** Failed rounds after which files go to the backup. */
  readonly backupAfterRounds: number;
}

export interface RecordSettings {
  readonly workerId: string;
  readonly noAnchorMs: number;
  readonly maxDurationMs: number;
  /** Files converted at once. */
  readonly transcodeParallel: number;
  readonly keepSpool: boolean;
  readonly delivery: DeliverySettings;
}

/** The machine this worker runs on. */
export interface Machine {
  /** Runs the health checks that can find the cause of this fault. Whether one fails: the worker takes no jobs then. */
  examine(fault: AppError): Promise<boolean>;
}

/** Everything the flow reaches the world through. */
export interface Ports {
  readonly rooms: Rooms;
  readonly spools: Spools;
  readonly receipts: Receipts;
  readonly copies: SpoolCopies;
  readonly files: Files;
  readonly store: Store;
  readonly machine: Machine;
  /** The UserSig to join with: the request's, or one signed by the service. Error: JoinRefused when there is neither. */
  userSig(job: Job): string;
  /** ms since the epoch. */
  now(): number;
  /** ms since some moment, on a clock that nobody sets: for time limits. */
  steady(): number;
  readonly settings: RecordSettings;
}
