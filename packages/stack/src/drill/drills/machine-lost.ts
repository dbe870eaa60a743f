import type { Drill } from '../drill.ts';
import { crashRounds } from './crash-rounds.ts';
import { loseDisk, onOwnDisks, startMachine } from './own-disk.ts';

/** A machine is gone, with its disk: what it had captured lies in COS as copies of the spools. */
export const machineLost: Drill = {
  name: 'machine-lost',
  about: 'kill -9 of a worker, and its disk is gone; the next one, elsewhere, has the copies in COS',
  aims: { mediaLostMs: 10_000 },
  env: { worker: { ROOMS_PER_WORKER: '20', ...onOwnDisks } },
  play: (scene, runs) =>
    crashRounds(scene, runs, {
      start: () => startMachine(scene),
      crash: async (worker) => {
        worker.signal('SIGKILL');
        await worker.exited;
        await loseDisk(scene, worker);
      },
      capturedMs: 6_000,
    }),
};
