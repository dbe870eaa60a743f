import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { amended, openSecrets } from '../amendment.ts';
import type { RecordingPayload } from '../catalogue.ts';
import type { RecordingSecrets } from '../recording.ts';
import { noOrders, readOrders, type Orders } from '../redis/orders.ts';
import type { Sealer } from '../sealing.ts';
import type { RecordingJob } from './recording-job.ts';

/** How soon what is asked through the API reaches the worker that has the recording, ms. */
const LOOK_EVERY_MS = 500;

/** A recording as it counts now, while a run of it lasts. */
export interface LiveRecording extends Pick<RecordingJob, 'recording' | 'secrets' | 'stopRequested'> {
  /** The job's data with what was asked and changed; its state is that of the beginning. */
  readonly payload: RecordingPayload;
  /** Asks now. Waits while Redis is away. Errors: SealKeyMissing, SealBroken; stop and terminate are known even so. */
  readonly look: () => Promise<void>;
  /** Whether anything was asked since the first look, seen or not. Waits while Redis is away. */
  readonly askedSince: () => Promise<boolean>;
  readonly end: () => void;
}

/** Follows what is asked of a recording, from the first look on; while Redis is away nothing changes. */
export function followRecording(
  { redis, sealer }: { redis: Redis; sealer: Sealer },
  payload: RecordingPayload,
  onTerminate: () => void,
): LiveRecording {
  const before = payload.orders ?? noOrders;
  let orders = noOrders;
  let now: { payload: RecordingPayload; secrets: RecordingSecrets } | null = null;
  let first: Orders | null = null;
  const read = () => readOrders(redis, payload.recording.requestId);
  const askedSince = async (): Promise<boolean> => !isDeepStrictEqual(await read(), first);
  const look = async (): Promise<void> => {
    // Forgotten by Redis: it is put back as it was known last.
    const found = (await read()) ?? orders;
    first ??= found;
    if (found.terminate || before.terminate) onTerminate();
    const known = orders.amendment;
    orders = { stop: found.stop || before.stop, terminate: found.terminate || before.terminate, amendment: known };
    if (now !== null && found.amendment === known) return;
    const current = amended(payload, found.amendment);
    now = { payload: current, secrets: openSecrets(sealer, current) };
    orders = { ...orders, amendment: found.amendment };
  };
  return {
    get payload() {
      const { stop, terminate } = orders;
      return { ...(now?.payload ?? payload), ...((stop || terminate) && { orders: { stop, terminate } }) };
    },
    get recording() {
      return (now?.payload ?? payload).recording;
    },
    get secrets() {
      return now?.secrets ?? {};
    },
    get stopRequested() {
      return orders.stop;
    },
    look,
    askedSince,
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
