import { sleep } from '@trtc-recorder/runtime';
import { waitFor } from '../../wait-for.ts';
import type { Behaviour } from '../../receiver.ts';
import type { Drill } from '../drill.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';

const AT_ONCE = 10;
const OUTAGE_MS = 24 * 3_600_000;
/** The longest wait between two attempts that is promised, ms. */
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * The receiver is down for 24 hours. The hours are virtual: what a callback is planned for is read from the queue,
 * counted as having passed, and the callback is promoted, as a person could do it on the board.
 */
export const callbackOutage: Drill = {
  name: 'callback-outage',
  about: 'the receiver refuses, hangs up or says nothing for 24 (virtual) hours, then it is back',
  aims: { mediaLostMs: 100, gapMs: 0, repeatedCallbacks: true, failedAttempts: false },
  env: {
    worker: { ROOMS_PER_WORKER: '20' },
    // A receiver that failed often rests for 30 s of real time, which would not pass here.
    notifier: { CALLBACK_REST_MS: '100', CALLBACK_TIMEOUT_MS: '1000', CALLBACK_PARALLEL_PER_RECEIVER: '64' },
  },
  play: async (scene, runs) => {
    await scene.startWorker();
    const { random, receiver } = scene;
    receiver.behave(() => down(random));
    for (let done = 0; done < runs; done += AT_ONCE) {
      const recordings = await scene.capturing(Math.min(AT_ONCE, runs - done), 1_000);
      await Promise.all(recordings.map((recording) => scene.stop(recording)));
    }
    const passed = await outlast(scene);
    receiver.behave(() => ({ take: true }));
    await promoteAll(scene);
    await Promise.all(scene.recordings.map((recording) => scene.ended(recording)));
    const hours = [...passed.values()].map((ms) => ms / 3_600_000);
    scene.say(`${receiver.posts} POSTs; delivered after ${Math.min(...hours).toFixed(1)} h at the earliest`);
  },
};

const down = (random: Random): Behaviour => {
  if (random.chance(0.02)) return 'silent';
  return random.chance(0.3) ? 'hang-up' : { status: random.pick([500, 502, 503, 404]) };
};

/** Lets the planned waits pass, one after the other, until every callback has waited for 24 hours. */
async function outlast(scene: Scene): Promise<Map<string, number>> {
  const passed = new Map(scene.recordings.map(({ requestId }) => [requestId, 0]));
  const waitsStill = () => [...passed.values()].some((ms) => ms < OUTAGE_MS);
  const idle = { since: performance.now() };
  while (waitsStill()) {
    const planned = (await scene.callbacks(['delayed'])).filter(({ id }) => (passed.get(id) ?? Infinity) < OUTAGE_MS);
    for (const { id, delay } of planned) {
      if (delay > LONGEST_WAIT_MS) scene.findings.push(`${id}: an attempt is planned after ${delay} ms`);
      passed.set(id, (passed.get(id) ?? 0) + delay);
      await scene.promote(id);
    }
    if (planned.length > 0) idle.since = performance.now();
    else if (performance.now() - idle.since > 60_000) throw new Error(`given up before 24 h: ${await failures(scene)}`);
    await sleep(20);
  }
  return passed;
}

const failures = async (scene: Scene): Promise<string> =>
  `${(await scene.callbacks(['failed'])).length} callbacks have failed for good`;

/** Everything that waits is sent now. */
async function promoteAll(scene: Scene): Promise<void> {
  const none = async (): Promise<true | undefined> => {
    const waiting = await scene.callbacks(['delayed', 'active', 'waiting']);
    for (const { id, state } of waiting) if (state === 'delayed') await scene.promote(id);
    return waiting.length === 0 ? true : undefined;
  };
  await waitFor('the callbacks to be delivered', none, { withinMs: 60_000 });
}
