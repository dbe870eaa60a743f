import { sleep } from '@trtc-recorder/runtime';
import type { Drill } from '../drill.ts';
import type { DrilledRecording } from '../drilled-recording.ts';
import type { Scene } from '../scene.ts';
import { loseDisk, onOwnDisks, startMachine } from './own-disk.ts';

/** So many handovers one recording lives through. */
const HANDOVERS = 4;

/** A rolling deploy: a new worker is there, the old one gets SIGTERM, and its disk goes with it. */
export const handover: Drill = {
  name: 'handover',
  about:
    'SIGTERM to the worker that records, with a new one standing by, as in a rolling deploy; its disk goes with it',
  aims: { mediaLostMs: 500, gapMs: 2_000, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10', ...onOwnDisks } },
  play: async (scene, runs) => {
    await startMachine(scene);
    for (let done = 0; done < runs; done += HANDOVERS) {
      const [long, short] = await scene.capturing(2, 1_500);
      if (long === undefined || short === undefined) throw new Error('nothing captures');
      for (let run = done + 1; run <= Math.min(done + HANDOVERS, runs); run += 1) {
        // The first handover of each group finds the other recording at its end: stopped, converted or uploaded.
        const ending = run === done + 1 ? short : null;
        await handOver(scene, long, ending, run);
      }
      await scene.finish(long);
    }
  },
};

async function handOver(scene: Scene, long: DrilledRecording, ending: DrilledRecording | null, run: number) {
  const next = await startMachine(scene);
  await sleep(scene.random.between(500, 2_000));
  const old = await scene.workerOf(long);
  if (old === undefined) throw new Error(`run ${run}: no worker has the recording`);
  if (ending !== null) {
    await scene.stop(ending);
    await sleep(scene.random.between(0, 1_200));
  }
  const takes = await scene.takes(long);
  await scene.strike(ending === null ? [long] : [long, ending], () => old.signal('SIGTERM'));
  await scene.inTheRoomAgain(long, takes);
  const code = await old.exited;
  if (code !== 0) scene.findings.push(`run ${run}: ${old.name} ended with exit code ${code ?? 'none (killed)'}`);
  await loseDisk(scene, old);
  if (ending !== null) await scene.ended(ending);
  scene.say(`run ${run}: ${old.name} handed over to ${next.name}`);
  await sleep(1_000);
}
