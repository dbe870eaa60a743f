import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { errorMessage, Releasers, silentLogger } from '@trtc-recorder/runtime';
import type { Tools } from '../parts.ts';
import { startCaller } from '../caller.ts';
import { startStack, type Stack } from '../stack.ts';
import { accountOf, type Account, type Outcome } from './account.ts';
import type { Drill } from './drill.ts';
import type { DrilledRecording } from './drilled-recording.ts';
import { leftInRedis, leftInTheBucket, leftProfiles, leftSpools } from './leftovers.ts';
import { watchProcesses } from './process-watch.ts';
import { randomOf } from './random.ts';
import { Scene } from './scene.ts';
import { measure } from './truth/measure.ts';

export interface RunOptions {
  readonly runs: number;
  readonly seed: number;
  /** Below it each drill has a directory of its own. */
  readonly root: string;
  readonly searchPath: string;
  readonly tools: Tools;
  readonly say: (line: string) => void;
  /** Whether to leave the directory of a drill that missed an aim: files, Redis' data, and what the processes printed. */
  readonly keep?: boolean;
  /** Ends the drill at once; what it had started has ended when `runDrill` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Starts the product for one drill, plays it, judges what was delivered and looks for what was left behind. */
export async function runDrill(drill: Drill, options: RunOptions): Promise<Account> {
  const dir = await mkdtemp(path.join(options.root, 'trtc-recorder-drill-'));
  const logger = silentLogger();
  const afterwards = new Releasers(logger);
  let keep = false;
  afterwards.add('directory', () => (keep ? undefined : rm(dir, { recursive: true, force: true })));
  const log = createWriteStream(path.join(dir, 'processes.log'));
  afterwards.add('log', () => finished(log.end()));
  const watch = watchProcesses(process.pid);
  try {
    const stack = await startStack({
      dir,
      searchPath: options.searchPath,
      tools: options.tools,
      workers: 0,
      ...(drill.env !== undefined && { env: drill.env }),
      logger,
      onLine: (name, line) => log.write(`[${name}] ${line}\n`),
    });
    const played = await play(drill, stack, afterwards, options).finally(() => stack.stop());
    const survivors = await watch.survivors();
    const leftovers = [...played.leftovers, ...survivors, ...(await leftProfiles(watch.had))];
    const account = accountOf({ drill: drill.name, runs: options.runs, aims: drill.aims, ...played, leftovers });
    keep = options.keep === true && account.findings.length > 0;
    if (keep) options.say(`${drill.name}: everything is kept in ${dir}`);
    return account;
  } finally {
    await watch.survivors();
    await afterwards.releaseAll();
  }
}

async function play(drill: Drill, stack: Stack, afterwards: Releasers, options: RunOptions) {
  const { runs, seed, say, signal } = options;
  const caller = await startCaller(stack);
  const { receiver } = caller;
  const scene = new Scene({ stack, caller, random: randomOf(seed), say, afterwards });
  try {
    // A drill that breaks down still has an account of what it had begun.
    await orAborted(drill.play(scene, runs), signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      scene.findings.push(`broken off: ${errorMessage(error)}`);
    });
    await Promise.all(
      scene.recordings.filter(({ callback }) => callback === undefined).map((left) => giveUp(scene, left)),
    );
    const results = receiver.received.map(({ result }) => result);
    const leftovers = [
      ...(await leftSpools(stack.dir, scene.otherSpools)),
      ...(await leftInTheBucket(stack, results)),
      ...(await leftInRedis(stack.redisUrl)),
    ];
    const outcomes: Outcome[] = [];
    for (const recording of scene.recordings) outcomes.push(await outcomeOf(scene, recording));
    const { received, posts } = receiver;
    const { findings, struckSteps } = scene;
    return { outcomes, received: [...received], posts, leftovers, findings, struckSteps };
  } finally {
    await caller.close();
  }
}

/** The work's outcome, or the signal's reason as soon as it is aborted. */
async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', fail, { once: true, signal: over.signal });
  });
  try {
    signal?.throwIfAborted();
    await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}

/** A last chance to end, so that one recording's trouble doesn't count the others as lost. */
async function giveUp(scene: Scene, recording: DrilledRecording): Promise<void> {
  await scene
    .stop(recording)
    .then(() => scene.ended(recording, 30_000))
    .catch(() => undefined);
}

async function outcomeOf(scene: Scene, recording: DrilledRecording): Promise<Outcome> {
  const files = recording.callback?.result.Files.filter(({ Status }) => Status === 1) ?? [];
  const measured = files.length === 0 ? null : await measure(recording, files, (file) => scene.caller.localPath(file));
  const { Attempts: attempts } = await scene.api.status(recording.requestId);
  return { recording, measured, attempts };
}
