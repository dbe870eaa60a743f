import type { Room } from '@trtc-recorder/contracts';
import { sleep } from '@trtc-recorder/runtime';
import { chromiumsOf, groupOf, proportionalMemory } from './processes.ts';
import { baseline, tapRecorder, type BenchRecorder, type RecorderOptions } from './recorders.ts';

/**
 * `tap`: as in production. `tap-key-frames`: only key frames decoded. `media-recorder`: the usual way, as baseline.
 * `sdk-only`: the SDK receives everybody and nobody records, the floor of them all.
 */
export const BENCH_KINDS = ['tap', 'tap-key-frames', 'media-recorder', 'sdk-only'] as const;
export type BenchKind = (typeof BENCH_KINDS)[number];

export interface BenchOptions {
  /** Synthetic anchors of 320×240 at 15 frames a second with Opus. */
  readonly users: number;
  /** How long is measured once all of them arrive. */
  readonly seconds: number;
  readonly kind: BenchKind;
  /** A running sandbox, in a process of its own so that its CPU time does not count: its `urls.http`. */
  readonly sandboxUrl: string;
  readonly chromiumPath?: string | undefined;
  readonly chromiumArgs?: readonly string[] | undefined;
}

/** CPU in cores: 1 is one core for the whole time. Node is this process, which should do nothing else meanwhile. */
export interface BenchResult {
  readonly kind: BenchKind;
  readonly users: number;
  readonly seconds: number;
  readonly chromiumCores: number;
  readonly nodeCores: number;
  /** Both, divided by the users. */
  readonly coresPerUser: number;
  readonly unitsPerUserPerSecond: number;
  readonly kbitPerUserPerSecond: number;
  /** Chromium's memory, shared pages counted by their share: MB. */
  readonly chromiumMb: number;
}

const ARRIVE_MS = 90_000;
const SETTLE_MS = 3_000;
let runs = 0;

/** Measures one recorder in a room of synthetic anchors. Linux only. */
export async function benchRoom(options: BenchOptions): Promise<BenchResult> {
  const { users, kind, sandboxUrl } = options;
  runs += 1;
  const room: Room = { type: 'string', id: `bench ${process.pid} ${runs}` };
  await control(sandboxUrl, 'POST', room, '/anchors', { userId: 'anchor', count: users, clip: { pattern: 'tone' } });
  const recorder = await start(kind, {
    ...options,
    redirectScript: `${sandboxUrl}/redirect.js`,
    join: await joinOf(options, room),
  });
  try {
    const end = Date.now() + ARRIVE_MS;
    while (recorder.anchors() < users) {
      if (Date.now() > end) throw new Error(`${recorder.anchors()} of ${users} anchors arrived in ${ARRIVE_MS} ms`);
      await sleep(200);
    }
    await sleep(SETTLE_MS);
    return await measure(options, recorder);
  } finally {
    await recorder.close();
    await control(sandboxUrl, 'DELETE', room, '');
  }
}

function start(kind: BenchKind, options: RecorderOptions): Promise<BenchRecorder> {
  if (kind === 'sdk-only' || kind === 'media-recorder') return baseline(options, kind === 'media-recorder');
  return tapRecorder(options, kind === 'tap' ? 'all' : 'key-frames');
}

async function measure({ kind, users, seconds }: BenchOptions, recorder: BenchRecorder): Promise<BenchResult> {
  const [main] = await chromiumsOf(process.pid);
  if (!main) throw new Error('the browser under measurement is gone');
  const read = async () => {
    const group = await groupOf(main.group);
    const { user, system } = process.cpuUsage();
    const chromium = group.reduce((sum, { cpu }) => sum + cpu, 0);
    return {
      at: performance.now(),
      chromium,
      node: (user + system) / 1e6,
      units: recorder.units(),
      bytes: recorder.bytes(),
    };
  };
  const from = await read();
  await sleep(seconds * 1000);
  const to = await read();
  const elapsed = (to.at - from.at) / 1000;
  const rate = (name: keyof typeof from): number => (to[name] - from[name]) / elapsed;
  return {
    kind,
    users,
    seconds: elapsed,
    chromiumCores: rate('chromium'),
    nodeCores: rate('node'),
    coresPerUser: (rate('chromium') + rate('node')) / users,
    unitsPerUserPerSecond: rate('units') / users,
    kbitPerUserPerSecond: (rate('bytes') * 8) / 1000 / users,
    chromiumMb: (await proportionalMemory(await groupOf(main.group))) / 1e6,
  };
}

async function joinOf({ sandboxUrl }: BenchOptions, room: Room): Promise<RecorderOptions['join']> {
  const userId = 'recorder';
  const answer = await (await fetch(`${sandboxUrl}/v1/usersig?userId=${userId}`)).json();
  const { sdkAppId, userSig } = answer as { sdkAppId: number; userSig: string };
  return { sdkAppId, room, userId, userSig, mode: '02' };
}

async function control(url: string, method: string, room: Room, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${url}/v1/rooms/${room.type}/${encodeURIComponent(room.id)}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`sandbox ${method} ${path}: ${response.status} ${await response.text()}`);
}
