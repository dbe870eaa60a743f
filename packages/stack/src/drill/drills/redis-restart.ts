import { sleep } from '@trtc-recorder/runtime';
import type { Drill } from '../drill.ts';
import type { DrilledRecording } from '../drilled-recording.ts';
import type { Scene } from '../scene.ts';

/** Mostly shorter than the lock of a job lives, sometimes longer: its worker must take it back, ms. */
const SHORT_MS = [0, 3_000] as const;
const LONG_MS = [9_000, 11_000] as const;
const LONG_SHARE = 0.2;

/** kill -9 of Redis and its return on its own data, with recordings in every step and requests on their way. */
export const redisRestart: Drill = {
  name: 'redis-restart',
  about: 'kill -9 of Redis and its restart on its append-only file; captures go on meanwhile',
  aims: { mediaLostMs: 100, gapMs: 0, repeatedCallbacks: true, failedAttempts: false },
  env: { worker: { ROOMS_PER_WORKER: '20' } },
  play: async (scene, runs) => {
    await scene.startWorker();
    let finishing = Promise.resolve();
    for (let run = 1; run <= runs; run += 1) {
      const recordings = await scene.capturing(2, 1_000);
      await finishing;
      const entering = await restart(scene, recordings, run);
      finishing = finish(scene, [...recordings, entering]);
      // Awaited in the next run; what it throws until then is thrown there.
      finishing.catch(() => undefined);
    }
    await finishing;
  },
};

/** One of the recordings was just stopped; another is asked for while Redis is away, as often as it takes. */
async function restart(scene: Scene, recordings: readonly DrilledRecording[], run: number): Promise<DrilledRecording> {
  const { random, stack } = scene;
  const [ending] = recordings;
  if (ending !== undefined) await scene.stop(ending);
  await sleep(random.between(0, 1_200));
  const [least, most] = random.chance(LONG_SHARE) ? LONG_MS : SHORT_MS;
  const awayMs = random.between(least, most);
  for (const { requestId } of recordings) await scene.noteStep(requestId);
  stack.redis.signal('SIGKILL');
  await stack.redis.exited;
  const entering = scene.enter();
  entering.catch(() => undefined);
  await sleep(awayMs);
  await stack.restartRedis();
  scene.say(`run ${run}: Redis was away for ${Math.round(awayMs)} ms`);
  return entering;
}

async function finish(scene: Scene, [ending, capturing, entering]: readonly DrilledRecording[]): Promise<void> {
  if (ending === undefined || capturing === undefined || entering === undefined) return;
  await scene.captured(entering);
  await Promise.all([scene.ended(ending), scene.finish(capturing), scene.finish(entering)]);
}
