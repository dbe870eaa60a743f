import type { Room } from '@trtc-recorder/contracts';
import { chromiumsOf, groupOf, processes } from '@trtc-recorder/room/bench';
import { sleep } from '@trtc-recorder/runtime';
import { signUserSig } from '@trtc-recorder/tencent';
import { apiClient } from '../api-client.ts';
import { sandboxClient } from '../sandbox-client.ts';
import type { Stack } from '../stack.ts';
import { waitFor } from '../wait-for.ts';

/** CPU in cores (1 is one core all the time) of a whole worker while it captures one room. */
export interface WorkerCost {
  readonly users: number;
  readonly chromiumCores: number;
  readonly nodeCores: number;
  readonly coresPerUser: number;
}

const SETTLE_MS = 4_000;

/** Records a room of synthetic anchors (320×240 at 15 frames a second, Opus) and measures the worker's processes. */
export async function workerCost(stack: Stack, users: number, seconds: number): Promise<WorkerCost> {
  const sandbox = sandboxClient(stack.sandbox.http);
  const api = apiClient(stack.apiUrl);
  const room: Room = { type: 'string', id: `worker bench ${users}` };
  const userId = 'recorder';
  await sandbox.addAnchors(room, { userId: 'anchor', count: users, clip: { pattern: 'tone' } });
  const UserSig = signUserSig({ ...stack.keys.app, userId, expireSeconds: 3600 });
  const { sdkAppId: SdkAppId } = stack.keys.app;
  const requestId = await api.submit({ SdkAppId, StrRoomId: room.id, UserId: userId, UserSig, Mode: '02' });
  const arrived = async () => (((await api.status(requestId)).Progress?.Anchors ?? 0) >= users ? true : undefined);
  await waitFor(`${users} anchors`, arrived, { withinMs: 90_000, everyMs: 500 });
  await sleep(SETTLE_MS);
  const from = await cpuOf(stack);
  await sleep(seconds * 1000);
  const to = await cpuOf(stack);
  const elapsed = (to.at - from.at) / 1000;
  const chromiumCores = (to.chromium - from.chromium) / elapsed;
  const nodeCores = (to.node - from.node) / elapsed;
  await sandbox.dismiss(room);
  const ended = async () => ((await api.status(requestId)).State === 'running' ? undefined : true);
  await waitFor('the files', ended, { withinMs: 300_000, everyMs: 1000 });
  return { users, chromiumCores, nodeCores, coresPerUser: (chromiumCores + nodeCores) / users };
}

/** CPU seconds used so far by the stack's worker and by its Chromium. */
async function cpuOf(stack: Stack): Promise<{ at: number; node: number; chromium: number }> {
  const pid = stack.workers[0]?.pid ?? 0;
  const node = (await processes()).find((process) => process.pid === pid)?.cpu ?? 0;
  const [main] = await chromiumsOf(pid);
  const group = main === undefined ? [] : await groupOf(main.group);
  return { at: performance.now(), node, chromium: group.reduce((sum, { cpu }) => sum + cpu, 0) };
}
