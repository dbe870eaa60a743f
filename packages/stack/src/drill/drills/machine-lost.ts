import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';
import { crashRounds } from './crash-rounds.ts';

/** A machine's own disk: no other worker sees it. */
const diskOf = (scene: Scene, number: number): string => path.join(scene.stack.dir, `spools-${number}`);

/** A machine is gone, with its disk: what it had captured lies in COS as copies of the spools. */
export const machineLost: Drill = {
  name: 'machine-lost',
  about: 'kill -9 of a worker, and its disk is gone; the next one, elsewhere, has the copies in COS',
  aims: { mediaLostMs: 10_000 },
  env: { worker: { ROOMS_PER_WORKER: '20', SPOOL_COPY: 'on' } },
  play: (scene, runs) => {
    let machine = 0;
    return crashRounds(scene, runs, {
      start: () => scene.startWorker({ WORK_DIR: diskOf(scene, (machine += 1)) }),
      crash: async (worker) => {
        worker.signal('SIGKILL');
        await worker.exited;
        await rm(diskOf(scene, machine), { recursive: true, force: true });
      },
      capturedMs: 6_000,
    });
  },
};
