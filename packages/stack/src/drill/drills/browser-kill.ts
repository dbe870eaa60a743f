import { sleep } from '@trtc-recorder/runtime';
import type { Child } from '../../child.ts';
import { browserAtWork, renderersAtWork } from '../browser-processes.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** The browser, or the process of one of its pages, is killed while it records. */
export const browserKill: Drill = {
  name: 'browser-kill',
  about: 'kill -9 of the browser, or of one page’s renderer, while two recordings capture',
  aims: { mediaLostMs: 1_000, gapMs: 3_000, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10' } },
  play: async (scene, runs) => {
    for (let run = 1; run <= runs; run += 1) {
      // A worker whose browsers die within a minute parts their recordings, which is another matter: each run has its own.
      const worker = await scene.startWorker();
      await killOnce(scene, worker, run);
      await worker.stop();
    }
  },
};

async function killOnce(scene: Scene, worker: Child, run: number): Promise<void> {
  const recordings = await scene.capturing(2, 1_000);
  await sleep(scene.random.between(0, 3_000));
  const wholeBrowser = scene.random.chance(0.6);
  const pid = wholeBrowser
    ? (await browserAtWork(worker.pid)).pid
    : scene.random.pick(await renderersAtWork(worker.pid, recordings.length)).pid;
  const before = await Promise.all(recordings.map((recording) => scene.takes(recording)));
  await scene.strike(recordings, () => void process.kill(pid, 'SIGKILL'));
  // A renderer has one recording's page: the other goes on.
  await scene.someInTheRoomAgain(recordings, before, wholeBrowser ? recordings.length : 1);
  scene.say(`run ${run}: ${wholeBrowser ? 'the browser' : 'a renderer'} was killed and replaced`);
  await sleep(2_000);
  await Promise.all(recordings.map((recording) => scene.finish(recording)));
}
