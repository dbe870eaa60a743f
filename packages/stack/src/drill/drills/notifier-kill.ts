import { sleep } from '@trtc-recorder/runtime';
import { waitFor } from '../../wait-for.ts';
import type { Drill } from '../drill.ts';
import type { DrilledRecording } from '../drilled-recording.ts';
import type { Scene } from '../scene.ts';

const AT_ONCE = 5;
/** How long the receiver thinks before it answers: the notifier dies before, meanwhile, or after, ms. */
const THINKS_MS = 800;

/** kill -9 of the notifier around a POST. */
export const notifierKill: Drill = {
  name: 'notifier-kill',
  about: 'kill -9 of the notifier before, while and after it POSTs',
  aims: { mediaLostMs: 100, gapMs: 0, repeatedCallbacks: true, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '10' } },
  play: async (scene, runs) => {
    await scene.startWorker();
    scene.receiver.behave(() => ({ take: true, afterMs: THINKS_MS }));
    for (let done = 0; done < runs; done += AT_ONCE) {
      const recordings = await scene.capturing(Math.min(AT_ONCE, runs - done), 1_000);
      for (const recording of recordings) await killAround(scene, recording);
      await Promise.all(recordings.map((recording) => scene.ended(recording)));
      // The last repetitions, if there are any, belong to the account as well.
      await waitFor('the callbacks to be done', () => allDone(scene), { withinMs: 60_000 });
      scene.say(`runs ${done + 1} to ${done + recordings.length}: called back`);
    }
  },
};

async function killAround(scene: Scene, recording: DrilledRecording): Promise<void> {
  const notifier = scene.stack.notifiers.at(-1);
  if (notifier === undefined) throw new Error('there is no notifier');
  const { posts } = scene.receiver;
  await scene.stop(recording);
  if (scene.random.chance(0.8))
    await waitFor('a POST', () => (scene.receiver.posts > posts ? true : undefined), { withinMs: 60_000, everyMs: 10 });
  await sleep(scene.random.between(0, THINKS_MS * 1.3));
  notifier.signal('SIGKILL');
  await notifier.exited;
  await scene.stack.startNotifier();
}

/** True when no callback waits or is under way any more. */
async function allDone(scene: Scene): Promise<true | undefined> {
  const waiting = await scene.callbacks(['active', 'waiting', 'delayed']);
  return waiting.length === 0 ? true : undefined;
}
