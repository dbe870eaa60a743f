import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Releasers, type Logger } from '@trtc-recorder/runtime';
import { startChild, type Child } from './child.ts';
import {
  apiEnvironment,
  BUCKET,
  queueEnvironment,
  REGION,
  sandboxEnvironment,
  workerEnvironment,
} from './environment.ts';
import { keysIn, type StackKeys } from './keys.ts';
import type { SandboxUrls, StackPorts, Tools } from './parts.ts';
import { portOrFree, startRedis } from './redis.ts';

type ProcessName = 'sandbox' | 'api' | 'worker' | 'notifier';

export interface StackOptions {
  /** Everything the stack writes lies under it: Redis, spools, the sandbox's objects. */
  readonly dir: string;
  /** PATH of the processes; the environment itself is not handed on. */
  readonly searchPath: string;
  readonly tools: Tools;
  readonly ports?: StackPorts;
  /** How many workers; 1 by default. */
  readonly workers?: number;
  /** Further environment of single processes. */
  readonly env?: Partial<Record<ProcessName, Readonly<Record<string, string>>>>;
  readonly logger: Logger;
  /** Every output line of every process. */
  readonly onLine?: (process: string, line: string) => void;
}

/** The whole product on one machine, as the processes it consists of in production, with the sandbox for the cloud. */
export interface Stack {
  readonly dir: string;
  readonly redisUrl: string;
  readonly apiUrl: string;
  readonly sandbox: SandboxUrls;
  /** Where the sandbox's COS keeps the objects: `<filesDir>/<bucket>/<key>`. */
  readonly filesDir: string;
  readonly keys: StackKeys;
  readonly bucket: string;
  readonly region: string;
  readonly tools: Tools;
  /** The Redis that runs, or ran last. */
  readonly redis: Child;
  /** Every worker started so far. */
  readonly workers: readonly Child[];
  startWorker(name: string, env?: Readonly<Record<string, string>>): Promise<Child>;
  startNotifier(): Promise<Child>;
  /** Every notifier started so far. */
  readonly notifiers: readonly Child[];
  /** Starts Redis again, on the same port and data; the one before must have ended. */
  restartRedis(): Promise<void>;
  /** Ends every process, the last started first. */
  stop(): Promise<void>;
}

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const mains: Record<ProcessName, string> = {
  sandbox: 'packages/sandbox/dist/main.js',
  api: 'apps/api/dist/main.js',
  worker: 'apps/worker/dist/main.js',
  notifier: 'apps/notifier/dist/main.js',
};

/** Starts Redis, sandbox, api, workers and notifier, each a process of its own; all of them end with `stop()`. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const releasers = new Releasers(options.logger);
  try {
    return await start(options, releasers);
  } catch (error) {
    await releasers.releaseAll();
    throw error;
  }
}

async function start(options: StackOptions, releasers: Releasers): Promise<Stack> {
  const { dir, tools, ports = {}, workers: count = 1 } = options;
  const filesDir = path.join(dir, 'files');
  const keys = await keysIn(dir);
  const run = runner(options, releasers);

  const redisOptions = { dir: path.join(dir, 'redis'), command: tools.redisServer };
  let redis = await startRedis({ ...redisOptions, ...(ports.redis !== undefined && { port: ports.redis }) });
  releasers.add('redis', () => redis.stop());
  const restartRedis = async (): Promise<void> => {
    redis = await startRedis({ ...redisOptions, port: Number(new URL(redis.url).port) });
  };
  const sandboxChild = await run('sandbox', 'sandbox', sandboxEnvironment(ports, filesDir, keys));
  const { urls: sandbox } = JSON.parse(sandboxChild.readyLine) as { urls: SandboxUrls };

  const queue = queueEnvironment(redis.url, keys);
  const workerEnv = { ...queue, ...workerEnvironment(dir, tools, sandbox, keys) };
  const workers: Child[] = [];
  const startWorker: Stack['startWorker'] = async (name, env = {}) => {
    const child = await run(name, 'worker', { ...workerEnv, WORKER_ID: name, ...env });
    workers.push(child);
    return child;
  };
  const notifiers: Child[] = [];
  const startNotifier = async () => {
    const child = await run('notifier', 'notifier', queue);
    notifiers.push(child);
    return child;
  };
  const apiPort = await portOrFree(ports.api);
  await allStarted([
    startNotifier(),
    run('api', 'api', { ...queue, ...apiEnvironment(apiPort) }),
    ...Array.from({ length: count }, (_, index) => startWorker(`worker-${index + 1}`)),
  ]);
  const urls = { redisUrl: redis.url, apiUrl: `http://127.0.0.1:${apiPort}`, sandbox };
  const cloud = { filesDir, keys, bucket: BUCKET, region: REGION };
  const processes = { workers, startWorker, notifiers, startNotifier, restartRedis };
  const current = {
    get redis() {
      return redis;
    },
  };
  return Object.assign(current, { dir, ...urls, ...cloud, tools, ...processes, stop: () => releasers.releaseAll() });
}

/** Waits for all before it throws what one threw: a process that starts late must still be registered for its end. */
async function allStarted(starting: readonly Promise<Child>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(starting)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Starts one of the product's processes and registers its end. */
const runner =
  (options: StackOptions, releasers: Releasers) =>
  async (name: string, main: ProcessName, env: Readonly<Record<string, string>>): Promise<Child> => {
    const child = await startChild({
      name,
      command: process.execPath,
      args: [path.join(root, mains[main])],
      env: { PATH: options.searchPath, ...env, ...options.env?.[main] },
      isReady: (line) => line.includes('"ready":true'),
      onLine: (line) => options.onLine?.(name, line),
    });
    releasers.add(name, () => child.stop());
    return child;
  };
