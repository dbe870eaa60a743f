import { chromiumsOf } from '@trtc-recorder/room/bench';
import { sleep } from '@trtc-recorder/runtime';
import type { Drill } from '../drill.ts';
import type { DrilledRecording } from '../drilled-recording.ts';
import type { Scene } from '../scene.ts';

/** Times that the recordings of one run lose their worker: one that came back could harm the next take, or the one after. */
const HANGS = 2;
/** A worker that comes back has found out by then that it lost its recordings, ms. */
const SETTLED_MS = 3_000;

/** A worker stands still with its browsers, as in a machine that is suspended, and comes back when another has its recordings. */
export const workerHang: Drill = {
  name: 'worker-hang',
  about: 'a worker and its browsers are suspended past their lock; they come back when another worker captures',
  aims: { mediaLostMs: 1_000, gapMs: 15_000, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10' } },
  play: async (scene, runs) => {
    await scene.startWorker();
    await scene.startWorker();
    for (let run = 1; run <= runs; run += 1) {
      const recordings = await scene.capturing(2, 1_000);
      for (let hang = 1; hang <= HANGS; hang += 1) await hangOnce(scene, recordings, run);
      await Promise.all(recordings.map((recording) => scene.finish(recording)));
    }
  },
};

/** Suspends the worker of the first recording, and so of those others that it has. */
async function hangOnce(scene: Scene, recordings: readonly DrilledRecording[], run: number): Promise<void> {
  const [first] = recordings;
  const worker = first && (await scene.workerOf(first));
  if (worker === undefined) throw new Error('no worker has the recording');
  const workers = await Promise.all(recordings.map((recording) => scene.workerOf(recording)));
  const struck = recordings.filter((_, index) => workers[index] === worker);
  const browsers = (await chromiumsOf(worker.pid)).map(({ group }) => group);
  const signal = (name: NodeJS.Signals) => {
    for (const group of browsers) process.kill(-group, name);
    worker.signal(name);
  };
  const before = await Promise.all(struck.map((recording) => scene.takes(recording)));
  await scene.strike(struck, () => signal('SIGSTOP'));
  try {
    await Promise.all(struck.map((recording, index) => scene.inTheRoomAgain(recording, before[index] ?? 0)));
    await sleep(scene.random.between(0, 3_000));
  } finally {
    signal('SIGCONT');
  }
  scene.say(`run ${run}: ${worker.name} hung, others have its ${struck.length} recordings; it is back`);
  await sleep(SETTLED_MS);
}
