import { chromiumsOf, groupOf, type Process } from '@trtc-recorder/room/bench';
import { sleep } from '@trtc-recorder/runtime';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** So many kills one recording lives through. */
const KILLS = 4;

/** The browser, or the process of one of its pages, is killed while it records. */
export const browserKill: Drill = {
  name: 'browser-kill',
  about: 'kill -9 of the browser, or of one page’s renderer, while two recordings capture',
  aims: { mediaLostMs: 1_000, gapMs: 3_000, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10' } },
  play: async (scene, runs) => {
    const worker = await scene.startWorker();
    for (let done = 0; done < runs; done += KILLS) {
      const recordings = await scene.capturing(2, 1_500);
      for (let run = done + 1; run <= Math.min(done + KILLS, runs); run += 1) {
        await sleep(scene.random.between(500, 3_000));
        const wholeBrowser = scene.random.chance(0.6);
        const pid = wholeBrowser ? await browserPid(worker.pid) : await rendererPid(scene, worker.pid);
        const before = await Promise.all(recordings.map((recording) => scene.takes(recording)));
        await scene.strike(recordings, () => void process.kill(pid, 'SIGKILL'));
        const again = recordings.map((recording, index) => scene.inTheRoomAgain(recording, before[index] ?? 0));
        // A renderer has one recording's page, and browsers that die often have one recording each: the other goes on.
        for (const late of again) late.catch(() => undefined);
        await Promise.any(again);
        scene.say(`run ${run}: ${wholeBrowser ? 'the browser' : 'a renderer'} was killed and replaced`);
        await sleep(2_000);
      }
      await Promise.all(recordings.map((recording) => scene.finish(recording)));
    }
  },
};

/** The processes of the browser that records; a spare one stands beside it and does next to nothing. */
async function recordingBrowser(workerPid: number): Promise<Process[]> {
  const browsers = await chromiumsOf(workerPid);
  const groups = await Promise.all(browsers.map(({ group }) => groupOf(group)));
  const [busiest = []] = groups.sort((one, other) => cpuOf(other) - cpuOf(one));
  return busiest;
}

const cpuOf = (group: readonly Process[]): number => group.reduce((sum, { cpu }) => sum + cpu, 0);

async function browserPid(workerPid: number): Promise<number> {
  const group = await recordingBrowser(workerPid);
  const main = group.find(({ parent }) => parent === workerPid);
  if (main === undefined) throw new Error('the worker has no browser');
  return main.pid;
}

/** A page's renderer: those that work most are the ones with a room; others wait for one, or belong to the browser. */
async function rendererPid(scene: Scene, workerPid: number): Promise<number> {
  const [most, next] = (await recordingBrowser(workerPid))
    .filter(({ command }) => command.includes('--type=renderer'))
    .sort((one, other) => other.cpu - one.cpu);
  if (most === undefined) throw new Error('the browser has no renderer');
  return scene.random.pick(next === undefined ? [most] : [most, next]).pid;
}
