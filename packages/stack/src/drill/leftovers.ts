import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordingResult } from '@trtc-recorder/contracts';
import { leftoverKeys } from '@trtc-recorder/queue/drill';
import { silentLogger } from '@trtc-recorder/runtime';
import { createObjectStore, staticCredentials } from '@trtc-recorder/tencent';
import type { Stack } from '../stack.ts';
import { waitFor } from '../wait-for.ts';

/** Beside the spools: receipts of what is delivered, which stay for a day. */
const RECEIPTS = '.delivered';

/** Spools that outlive their recordings: in the stack's directory, below names that begin with `spools`, or elsewhere. */
export async function leftSpools(dir: string, otherRoots: readonly string[]): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.startsWith('spools'));
  const roots = [...names.map((name) => path.join(dir, name)), ...otherRoots];
  const spools = await Promise.all(
    roots.map(async (root) => {
      const left = (await readdir(root)).filter((name) => name !== RECEIPTS);
      return left.map((name) => `spool ${path.basename(root)}/${name}`);
    }),
  );
  return spools.flat();
}

/** Profiles of browsers, which have the process id of their worker in their name, that nobody removed. */
export async function leftProfiles(isOurs: (pid: number) => boolean): Promise<string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith('trtc-recorder-chromium-'));
  const ours = names.filter((name) => name.split('-').map(Number).some(isOurs));
  return ours.map((name) => `browser profile ${name}`);
}

/** Objects that no result names, and multipart uploads that nobody finishes. */
export async function leftInTheBucket(stack: Stack, results: readonly RecordingResult[]): Promise<string[]> {
  const endpoint = { ip: new URL(stack.sandbox.cos).host, protocol: 'http:' } as const;
  const cos = createObjectStore({
    endpoint,
    partSize: 1024 * 1024,
    concurrency: 1,
    requestTimeoutMs: 10_000,
    logger: silentLogger(),
  });
  const access = { bucket: stack.bucket, region: stack.region, credentials: staticCredentials(stack.keys.cloud) };
  const all = { ...access, prefix: '' };
  const delivered = new Set(results.flatMap(keysOf));
  const objects = (await cos.list(all)).map(({ key }) => key).filter((key) => !isAccountedFor(key, delivered));
  const uploads = await cos.abortUploads(all);
  return [
    ...objects.map((key) => `object ${key}`),
    ...Array.from({ length: uploads }, () => 'an unfinished multipart upload'),
  ];
}

const keysOf = ({ Files }: RecordingResult): string[] =>
  Files.flatMap(({ RecordFile }) =>
    RecordFile === '' ? [] : [decodeURIComponent(new URL(RecordFile).pathname).slice(1)],
  );

/** `timeline.json` is delivered beside the files. */
const isAccountedFor = (key: string, delivered: ReadonlySet<string>): boolean =>
  delivered.has(key) ||
  (path.basename(key) === 'timeline.json' && [...delivered].some((file) => path.dirname(file) === path.dirname(key)));

/** A callback has arrived before its job has ended, which then lets go of its lock. */
const LOCKS_WITHIN_MS = 10_000;

/** Keys in Redis that belong to no job. */
export async function leftInRedis(redisUrl: string): Promise<string[]> {
  let keys: string[] = [];
  const none = async () => ((keys = await leftoverKeys(redisUrl)).length === 0 ? true : undefined);
  await waitFor('nothing to be left in Redis', none, { withinMs: LOCKS_WITHIN_MS }).catch(() => undefined);
  return keys.map((key) => `key ${key}`);
}
