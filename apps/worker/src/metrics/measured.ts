import type { RecordingResult } from '@trtc-recorder/contracts';
import { durationsByCause, withDamage } from '@trtc-recorder/media';
import { Interruption } from '@trtc-recorder/queue';
import { toAppError } from '@trtc-recorder/runtime';
import type { CopyBucket } from '../copies/copy-bucket.ts';
import type { Files, Place, Ports, Rooms, Spools, Store } from '../ports.ts';
import { CaptureMeter } from './capture-meter.ts';
import type { WorkerInstruments, WorkerMetrics } from './catalogue.ts';

type Measurable = Pick<Ports, 'rooms' | 'spools' | 'files' | 'store'>;

/** The same ports, counted: the flow and its steps know nothing of metrics. */
export function measured<P extends Measurable>(ports: P, { instruments, beforeScrape }: WorkerMetrics): P {
  const meter = new CaptureMeter(instruments);
  beforeScrape(() => meter.read());
  return {
    ...ports,
    rooms: measuredRooms(ports.rooms, instruments),
    spools: measuredSpools(ports.spools, meter),
    files: measuredFiles(ports.files, instruments),
    store: measuredStore(ports.store, instruments),
  };
}

function measuredRooms(rooms: Rooms, { stepSeconds, joinFailures }: WorkerInstruments): Rooms {
  return {
    join: async (...args) => {
      const joined = stepSeconds.startTimer({ step: 'join' });
      try {
        const session = await rooms.join(...args);
        joined();
        const captured = stepSeconds.startTimer({ step: 'capture' });
        return { ...session, leave: () => session.leave().finally(captured) };
      } catch (error) {
        joinFailures.inc({ code: toAppError(error).code });
        throw error;
      }
    },
  };
}

const measuredSpools = (spools: Spools, meter: CaptureMeter): Spools => ({
  ...spools,
  open: async (requestId) => {
    const spool = await spools.open(requestId);
    return { ...spool, startTake: async (options) => meter.watch(await spool.startTake(options)) };
  },
});

const measuredFiles = (
  files: Files,
  { stepSeconds, converted, lostSeconds, gapSeconds }: WorkerInstruments,
): Files => ({
  ...files,
  produce: async (...args) => {
    const observe = stepSeconds.startTimer({ step: 'transcode' });
    const file = await counted(converted, () => files.produce(...args));
    observe();
    lostSeconds.inc(file.quality.LostMs / 1000);
    for (const [kind, causes] of durationsByCause(withDamage(args[0], file.undecodable)))
      for (const [cause, ms] of causes) gapSeconds.inc({ kind, cause }, ms / 1000);
    return file;
  },
});

function measuredStore(store: Store, { stepSeconds, uploads, uploadedBytes }: WorkerInstruments): Store {
  const measuredPlace = (place: Place): Place => ({
    ...place,
    upload: async (...args) => {
      const observe = stepSeconds.startTimer({ step: 'upload' });
      const delivered = await counted(uploads, () => place.upload(...args));
      observe();
      uploadedBytes.inc(delivered.size);
      return delivered;
    },
  });
  return {
    places: (job) => {
      const { first, backup } = store.places(job);
      return { first: measuredPlace(first), backup: backup && measuredPlace(backup) };
    },
  };
}

/** A bucket for copies of spools, its copies counted. */
export const measuredCopies = (bucket: CopyBucket, { spoolCopies, copiedBytes }: WorkerInstruments): CopyBucket => ({
  ...bucket,
  put: async (key, body) => {
    await counted(spoolCopies, () => bucket.put(key, body));
    copiedBytes.inc(body.length);
  },
});

async function counted<T>(outcomes: WorkerInstruments['uploads'], work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    outcomes.inc({ outcome: 'ok' });
    return value;
  } catch (error) {
    outcomes.inc({ outcome: 'failed' });
    throw error;
  }
}

/** Counts how the runs of a worker's recordings end. */
export async function countedRun(
  run: () => Promise<RecordingResult>,
  { ended, interrupted, postponed }: WorkerInstruments,
): Promise<RecordingResult> {
  try {
    const result = await run();
    ended.inc({ reason: result.Reason });
    return result;
  } catch (error) {
    const isPostponed = error instanceof Interruption && error.kind === 'handed-back';
    (isPostponed ? postponed : interrupted).inc();
    throw error;
  }
}
