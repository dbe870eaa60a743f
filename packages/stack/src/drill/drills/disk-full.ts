import path from 'node:path';
import { sleep } from '@trtc-recorder/runtime';
import type { Child } from '../../child.ts';
import { waitFor } from '../../wait-for.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';
import { smallDisk, type SmallDisk } from '../small-disk.ts';

/** The disk under the spools runs full while recordings capture; after a while somebody makes room. */
export const diskFull: Drill = {
  name: 'disk-full',
  about: 'the disk under WORK_DIR runs full while two recordings capture; room is made a while after they have ended',
  aims: { mediaLostMs: 1_000, gapMs: 0, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10', MIN_FREE_DISK_MB: '1', UPLOAD_RETRY_FIRST_MS: '1000' } },
  play: async (scene, runs) => {
    const disk = await smallDisk(path.join(scene.stack.dir, 'small-disk'));
    scene.afterwards.add('small disk', () => disk.remove());
    scene.otherSpools.push(disk.dir);
    const worker = await scene.startWorker({ WORK_DIR: disk.dir });
    for (let run = 1; run <= runs; run += 1) await fillUp(scene, disk, worker, run);
  },
};

async function fillUp(scene: Scene, disk: SmallDisk, worker: Child, run: number): Promise<void> {
  const recordings = await scene.capturing(2, 1_500);
  for (const recording of recordings) {
    await scene.noteStep(recording.requestId);
    // What is sent from now on may find no room.
    recording.promisedTo = Date.now();
  }
  await disk.fill(worker, scene.random.between(20_000, 400_000));
  const over = async () => {
    const steps = await Promise.all(recordings.map(({ requestId }) => scene.stepOf(requestId)));
    return steps.includes('capture') ? undefined : true;
  };
  await waitFor('the recordings to end on the full disk', over, { withinMs: 60_000 });
  await sleep(scene.random.between(0, 4_000));
  await disk.free(worker);
  for (const recording of recordings) {
    await scene.ended(recording);
    const reason = recording.callback?.result.Reason;
    if (reason !== 'spool_full') scene.findings.push(`${recording.requestId}: ended with ${reason ?? 'no reason'}`);
  }
  scene.say(`run ${run}: full, and delivered`);
}
