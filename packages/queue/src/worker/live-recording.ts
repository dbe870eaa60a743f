import type { Redis } from 'ioredis';
import { amended, openSecrets } from '../amendment.ts';
import type { RecordingPayload } from '../catalogue.ts';
import { noOrders, readOrders } from '../redis/orders.ts';
import type { Sealer } from '../sealing.ts';
import type { RecordingJob } from './recording-job.ts';

/** How soon what is asked through the API reaches the worker that has the recording, ms. */
const LOOK_EVERY_MS = 500;

/** A recording as it counts now, while a run of it lasts. */
export interface LiveRecording extends Pick<RecordingJob, 'recording' | 'secrets' | 'stopRequested'> {
  /** The job's data with what was asked and changed; its state is that of the beginning. */
  readonly payload: RecordingPayload;
  /** Asks now. Waits while Redis is away. Error: SealBroken. */
  readonly look: () => Promise<void>;
  readonly end: () => void;
}

/** Follows what is asked of a recording; while Redis is away nothing changes. Error: SealBroken. */
export function followRecording(
  { redis, sealer }: { redis: Redis; sealer: Sealer },
  payload: RecordingPayload,
  onTerminate: () => void,
): LiveRecording {
  const before = payload.orders ?? noOrders;
  let orders = noOrders;
  let now = { payload, secrets: openSecrets(sealer, payload) };
  const look = async (): Promise<void> => {
    const found = await readOrders(redis, payload.recording.requestId);
    // Forgotten by Redis: it is put back as it was known last.
    if (found === null) return;
    const seen = { ...found, stop: found.stop || before.stop, terminate: found.terminate || before.terminate };
    if (seen.terminate) onTerminate();
    if (seen.amendment !== orders.amendment) {
      const current = amended(payload, seen.amendment);
      now = { payload: current, secrets: openSecrets(sealer, current) };
    }
    orders = seen;
  };
  return {
    get payload() {
      const { stop, terminate } = orders;
      return { ...now.payload, ...((stop || terminate) && { orders: { stop, terminate } }) };
    },
    get recording() {
      return now.payload.recording;
    },
    get secrets() {
      return now.secrets;
    },
    get stopRequested() {
      return orders.stop;
    },
    look,
    end: lookAgainAndAgain(look),
  };
}

/** What is wrong with Redis is logged by its connection. Gives the way to end it. */
function lookAgainAndAgain(look: () => Promise<void>): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  // A killed worker's flow may never let go; the process ends all the same.
  timer.unref();
  return () => clearInterval(timer);
}
