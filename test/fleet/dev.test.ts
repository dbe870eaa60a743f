import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { apiClient, sandboxClient, waitFor } from '@trtc-recorder/stack';

interface Urls {
  readonly api: string;
  readonly sandbox: string;
  readonly anchorPage: string;
  readonly callback: string;
  readonly sdkAppId: number;
  readonly roomId: number;
}
interface Dev {
  readonly lines: string[];
  stop(): Promise<number | null>;
}

const root = path.join(import.meta.dirname, '..', '..');
let dir = '';
const running: ChildProcess[] = [];
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'dev-twice-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** `npm run dev`, on ports of its own; resolves when `ready` gives something for its output. */
async function dev<T>(args: string[], ready: (line: string) => T | undefined): Promise<Dev & { ready: T }> {
  const ports = ['api', 'redis', 'sandbox', 'cos', 'trtc-api', 'callback'].flatMap((name) => [`--${name}-port`, '0']);
  const main = path.join(root, 'packages/stack/dist/dev/main.js');
  const child = spawn(process.execPath, [main, '--dir', dir, ...ports, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const found = () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${lines.join('\n')}`);
    return lines.map(ready).find((answer) => answer !== undefined);
  };
  const answer = await waitFor('npm run dev', () => Promise.resolve(found()), { withinMs: 90_000 });
  return { lines, ready: answer, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  }
  return child.exitCode;
}

test('npm run dev starts twice in one directory, and records what its page and its request name', async () => {
  const urlsIn = (line: string) => (line.startsWith('{"ready"') ? (JSON.parse(line) as Urls) : undefined);
  const first = await dev(['--json'], urlsIn);
  const { api, sandbox, sdkAppId, roomId, anchorPage, callback } = first.ready;
  const page = new URL(anchorPage).searchParams;
  expect([page.get('type'), page.get('room')]).toEqual(['int', String(roomId)]);
  const room = { type: 'int' as const, id: Number(page.get('room')) };
  await sandboxClient(sandbox).addAnchors(room, { userId: 'teacher', clip: { pattern: 'tone' } });
  // As the printed curl has it: no UserSig, no CosConfig.
  const request = { SdkAppId: sdkAppId, RoomId: roomId, UserId: 'recorder', Mode: '02', Callback: callback };
  const requestId = await apiClient(api).submit(request);
  const captured = async () => ((await apiClient(api).status(requestId)).Progress?.Seconds ?? 0) >= 2 || undefined;
  await waitFor('the capture', captured, { withinMs: 60_000 });
  await apiClient(api).stop(requestId);
  const done = async () => (await apiClient(api).status(requestId)).State === 'done' || undefined;
  await waitFor('the files', done, { withinMs: 60_000 });
  expect(await first.stop()).toBe(0);

  const second = await dev([], (line) => /curl (\S+)\/v1\/recordings -H/.exec(line)?.[1]);
  const again = apiClient(second.ready);
  expect((await again.status(requestId)).Result?.Files).toEqual([
    expect.objectContaining({ UserId: 'teacher', Status: 1 }),
  ]);
  await fetch(`${second.ready}/v1/recordings/${requestId}/callback/replay`, { method: 'POST' });
  // The receiver of the first start is gone with its port; a recording that ends now has its callback printed.
  const next = await again.submit({ ...request, Callback: callbackOf(second.lines), UserId: 'recorder2' });
  await waitFor('the room', async () => (await again.status(next)).State === 'running' || undefined, {
    withinMs: 60_000,
  });
  await again.stop(next);
  const printed = () => Promise.resolve(second.lines.find((line) => line.includes(`Callback of ${next}`)));
  await waitFor('the printed callback', printed, { withinMs: 60_000 });
  expect(second.lines.filter((line) => line.startsWith('{'))).toEqual([]);
  expect(await second.stop()).toBe(0);
}, 240_000);

const callbackOf = (lines: readonly string[]): string =>
  lines.map((line) => /"Callback":"([^"]+)"/.exec(line)?.[1]).find((url) => url !== undefined) ?? '';
