import { counter, createMetrics, gauge, histogram, type Instruments, type Metrics } from '@trtc-recorder/metrics';
import type { Logger } from '@trtc-recorder/runtime';

/** From a join that went well to the capture of a day, s. */
const STEP_BUCKETS = [1, 3, 10, 30, 120, 600, 3_600, 14_400, 86_400];

/** What a worker measures. docs/metrics.md repeats it; a test holds the two equal. */
export const workerMetrics = {
  active: gauge('recordings_active', 'Recordings this worker has now, in whichever step'),
  slotsFree: gauge('recording_slots_free', 'Recordings it could take besides (ROOMS_PER_WORKER less those it has)'),
  ended: counter('recordings_ended', 'Recordings brought to their end, by the reason in their result', ['reason']),
  interrupted: counter(
    'recordings_interrupted',
    'Runs that ended before their recording did: handed over, or failed to be tried again',
  ),
  postponed: counter(
    'recordings_postponed',
    'Recordings given back to the queue for a while: their delivery waits for COS, or their spool is on another machine',
  ),
  takes: counter('takes', 'Takes begun: one each time a recorder was to join a room'),
  frames: counter('captured_frames', 'Encoded frames taken in, all tracks'),
  bytes: counter('captured_bytes', 'Encoded media taken in, bytes'),
  lostSeconds: counter('lost_media_seconds', 'Time of finished files in which published media is missing, s'),
  gapSeconds: counter('gap_seconds', 'Gaps in the audio and video of finished files, by cause, s', ['kind', 'cause']),
  joinFailures: counter('join_failures', 'Attempts to join that failed, by error code', ['code']),
  browserStarts: counter(
    'browser_starts',
    'Chromium started: one to work and one to stand by, again for each that died',
  ),
  stepSeconds: histogram(
    'step_seconds',
    'How long one join, one capture in a room, the transcoding of one file and one upload took, s',
    STEP_BUCKETS,
    ['step'],
  ),
  converted: counter('conversions', 'Attempts to make a file, by outcome: ok, failed', ['outcome']),
  uploads: counter('uploads', 'Attempts to upload a file or timeline, by outcome: ok, failed', ['outcome']),
  spoolCopies: counter('spool_copies', 'Attempts to copy to COS what a spool grew by, by outcome: ok, failed', [
    'outcome',
  ]),
  copiedBytes: counter('spool_copied_bytes', 'Copied of spools, bytes'),
  diskFree: gauge('disk_free_bytes', 'Free space of the file system of WORK_DIR'),
  diskFloor: gauge('disk_floor_bytes', 'Free space below which no further recording begins here'),
  admitting: gauge('admitting', '1 while further recordings may begin here, 0 while the disk has too little room'),
  health: gauge(
    'worker_health',
    '1 while this check of the machine passes, 0 while it fails and the worker takes no recordings: directory, browser, ffmpeg',
    ['check'],
  ),
  spoolBytes: gauge(
    'spool_bytes',
    'Size of all spools under WORK_DIR, those of other workers on a share too; looked at every 10 min',
  ),
  spools: gauge(
    'spools',
    'Spools under WORK_DIR by what became of their recording: live, delivered (kept by KEEP_SPOOL), and the orphans: undelivered, and unknown to Redis; looked at every 10 min',
    ['fate'],
  ),
  uploadedBytes: counter('uploaded_bytes', 'Delivered and verified, bytes'),
};

export type WorkerMetrics = Metrics<typeof workerMetrics>;
export type WorkerInstruments = Instruments<typeof workerMetrics>;

export const createWorkerMetrics = (logger: Logger): WorkerMetrics => createMetrics(workerMetrics, logger);
