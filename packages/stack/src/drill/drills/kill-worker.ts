import type { Drill } from '../drill.ts';
import { crashRounds } from './crash-rounds.ts';

/** kill -9 of a worker with recordings in every step; another has the same spools. */
export const killWorker: Drill = {
  name: 'kill-worker',
  about: 'kill -9 of a worker that has a recording in every step; the next one finds the spools',
  aims: { mediaLostMs: 1_000 },
  env: { worker: { ROOMS_PER_WORKER: '20' } },
  play: (scene, runs) =>
    crashRounds(scene, runs, {
      start: () => scene.startWorker(),
      crash: async (worker) => {
        worker.signal('SIGKILL');
        await worker.exited;
      },
      capturedMs: 2_000,
    }),
};
