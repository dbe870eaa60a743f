import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Child } from '../../child.ts';
import type { Scene } from '../scene.ts';

const diskOf = (scene: Scene, name: string): string => path.join(scene.stack.dir, `spools-${name}`);

/** Workers on machines with a disk of their own, which no other worker sees: spools reach others by their copies. */
export const onOwnDisks = { SPOOL_COPY: 'on' } as const;

/** A further machine. */
export function startMachine(scene: Scene): Promise<Child> {
  const name = `worker-${scene.stack.workers.length + 1}`;
  return scene.startWorker({ WORK_DIR: diskOf(scene, name) });
}

/** The machine is gone with its disk. */
export const loseDisk = (scene: Scene, { name }: Child): Promise<void> =>
  rm(diskOf(scene, name), { recursive: true, force: true });
