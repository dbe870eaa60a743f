import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { CosFaultRule } from '@trtc-recorder/sandbox';
import { sleep } from '@trtc-recorder/runtime';
import type { Drill } from '../drill.ts';
import { CLIP, promiseOf, type DrilledRecording } from '../drilled-recording.ts';
import type { Scene } from '../scene.ts';

/** So many recordings meet the fault side by side; each of them is a run. */
const AT_ONCE = 5;
const LOOK_EVERY_MS = 50;
/** Files of some megabytes, in parts of the smallest size that COS takes: they go up as those of an hour do. */
const LARGE_CLIP = { ...CLIP, width: 640, height: 360, kbps: 4_000 };

/** Waits in seconds instead of minutes: how long COS is away is virtual, that it is tried again is not. */
export const quickRetries = {
  worker: {
    ROOMS_PER_WORKER: '10',
    COS_TIMEOUT_MS: '5000',
    COS_PART_SIZE_MB: '1',
    UPLOAD_RETRY_FIRST_MS: '1000',
    UPLOAD_RETRY_MAX_MS: '4000',
  },
};

export interface CosTrouble {
  readonly rules: (scene: Scene) => CosFaultRule[];
  /** How long COS is like that, ms; until everything is delivered when left out. */
  readonly forMs?: readonly [number, number];
}

/** Rounds of: recordings end while COS is in trouble; each must be delivered, and no spool go before its files are there. */
export function cosRounds(trouble: CosTrouble): Drill['play'] {
  return async (scene, runs) => {
    await scene.startWorker();
    for (let done = 0; done < runs; done += AT_ONCE) {
      const recordings = await scene.capturing(Math.min(AT_ONCE, runs - done), 2_000, LARGE_CLIP);
      for (const { requestId } of recordings) await scene.noteStep(requestId);
      for (const rule of trouble.rules(scene)) await scene.sandbox.cosFault(rule);
      const watching = new AbortController();
      const watched = recordings.map((recording) => watchSpool(scene, recording, watching.signal));
      await Promise.all(recordings.map((recording) => scene.stop(recording)));
      if (trouble.forMs !== undefined) {
        await sleep(scene.random.between(...trouble.forMs));
        await scene.sandbox.cosFault(null);
      }
      await Promise.all(recordings.map((recording) => scene.ended(recording)));
      await scene.sandbox.cosFault(null);
      watching.abort();
      await Promise.all(watched);
      scene.say(`runs ${done + 1} to ${done + recordings.length}: delivered`);
    }
  };
}

/** Looks at a recording's spool until it is gone: then its file must lie in the bucket, whole. */
async function watchSpool(scene: Scene, recording: DrilledRecording, signal: AbortSignal): Promise<void> {
  const { requestId, room } = recording;
  const spool = path.join(scene.stack.dir, 'spools', requestId);
  const objects = path.join(scene.stack.filesDir, scene.stack.bucket, 'trtc', String(room.id), requestId);
  while (!signal.aborted) {
    const segments = await readdir(spool).catch(() => null);
    if (segments === null) {
      const there = await readdir(objects).catch(() => []);
      const file = there.find((name) => name.endsWith('.mp4'));
      if (file === undefined && promiseOf(recording) !== null)
        scene.findings.push(`${requestId}: its segments were deleted before its file was delivered`);
      return;
    }
    await sleep(LOOK_EVERY_MS);
  }
}
