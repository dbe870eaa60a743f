import { sleep } from '@trtc-recorder/runtime';
import type { Child } from '../../child.ts';
import { waitFor } from '../../wait-for.ts';
import { ANCHOR, type DrilledRecording } from '../drilled-recording.ts';
import { objectPrefix } from '../request.ts';
import type { Scene } from '../scene.ts';

export interface CrashRounds {
  /** Starts a worker: the first one, and the one after each crash. */
  start(scene: Scene): Promise<Child>;
  /** What becomes of the worker that has all recordings. */
  crash(worker: Child): Promise<void>;
  /** Captured at least so long before it, ms. */
  capturedMs: number;
}

/** Upload and crash meet: the object takes so long, ms. */
const SLOW_UPLOAD_MS = 2_000;

/** The recordings of a round, each in another step when the worker crashes. */
interface Staged {
  readonly capturing: DrilledRecording;
  readonly ending: DrilledRecording;
  readonly uploading: DrilledRecording;
}

/**
 * Rounds of: recordings in every step (joining, capturing, just stopped, uploading), a crash of their worker at a random
 * moment, a new worker after a random while. The next round is set up while the last one still recovers.
 */
export async function crashRounds(scene: Scene, runs: number, how: CrashRounds): Promise<void> {
  let worker = await how.start(scene);
  let recovering = Promise.resolve();
  for (let run = 1; run <= runs; run += 1) {
    const staged = await stage(scene, how.capturedMs);
    await recovering;
    await toItsUpload(scene, staged.uploading);
    await toItsEnd(scene, staged.ending);
    const joining = await scene.enter();
    await sleep(scene.random.between(0, 700));
    const takes = await scene.takes(staged.capturing);
    const dying = worker;
    await scene.strike([staged.capturing, staged.ending, staged.uploading, joining], () => how.crash(dying));
    await sleep(scene.random.between(0, 2_000));
    worker = await how.start(scene);
    scene.say(`run ${run}: ${dying.name} crashed, ${worker.name} is there`);
    recovering = recover(scene, staged, joining, takes);
    // Awaited in the next round; what it throws until then is thrown there.
    recovering.catch(() => undefined);
  }
  await recovering;
}

async function stage(scene: Scene, capturedMs: number): Promise<Staged> {
  const [capturing, ending, uploading] = await scene.capturing(3, capturedMs);
  if (capturing === undefined || ending === undefined || uploading === undefined) throw new Error('nothing captures');
  return { capturing, ending, uploading };
}

/** Stops a recording and waits until its object, which takes long, is on its way. */
async function toItsUpload(scene: Scene, recording: DrilledRecording): Promise<void> {
  const keyPrefix = `${objectPrefix(recording)}${ANCHOR}_`;
  await scene.sandbox.cosFault({ fault: 'delay', ms: SLOW_UPLOAD_MS, operation: 'PutObject', keyPrefix });
  await scene.stop(recording);
  const uploads = async () => ((await scene.stepOf(recording.requestId)) === 'upload' ? true : undefined);
  await waitFor('an upload', uploads, { withinMs: 30_000, everyMs: 20 });
}

/** Stops a recording and waits until its worker has noticed, and begins to make its file. */
async function toItsEnd(scene: Scene, recording: DrilledRecording): Promise<void> {
  await scene.stop(recording);
  const over = async () => ((await scene.stepOf(recording.requestId)) === 'capture' ? undefined : true);
  await waitFor('the end of a capture', over, { withinMs: 30_000, everyMs: 20 });
}

async function recover(scene: Scene, staged: Staged, joining: DrilledRecording, takes: number): Promise<void> {
  const { capturing, ending, uploading } = staged;
  const goOn = async (recording: DrilledRecording) => {
    if (recording === capturing) await scene.inTheRoomAgain(recording, takes);
    else await scene.captured(recording);
    await sleep(scene.random.between(1_000, 3_000));
    await scene.finish(recording);
  };
  await Promise.all([goOn(capturing), goOn(joining), scene.ended(ending), scene.ended(uploading)]);
}
