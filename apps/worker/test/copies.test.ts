import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openSpool, type JournalEntry, type Spool, type Take } from '@trtc-recorder/media';
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos, type CloudKey, type Cos } from '@trtc-recorder/sandbox';
import { ByteRate } from '../src/copies/byte-rate.ts';
import { createSpoolCopies, type WorkerCopies } from '../src/copies/spool-copies.ts';
import { ConfigSchema, type Config } from '../src/config.ts';
import { createWorkerMetrics } from '../src/metrics/catalogue.ts';
import type { Job } from '../src/ports.ts';
import { record } from '../src/record.ts';
import { copiesSpools } from '../src/settings.ts';
import { whileCopied } from '../src/steps/copied.ts';
import { fakeJob, fakePorts, recording } from './fakes.ts';

// Real spools on disks of their own, and the sandbox's COS: what a machine's disk has, and what survives it.
const logger = silentLogger();
const metrics = createWorkerMetrics(logger);
const BUCKET = { name: 'test-123456789', region: 'ap-shanghai' };
const keys: CloudKey[] = [
  { secretId: 'AKIDowner', secretKey: 'owner-key' },
  { secretId: 'AKIDservice', secretKey: 'service-key' },
  { secretId: 'AKIDputter', secretKey: 'putter-key', allow: ['PutObject'] },
  { secretId: 'AKIDnoread', secretKey: 'noread-key', allow: ['PutObject', 'GetBucket', 'DeleteMultipleObjects'] },
];
let root: string;
let cos: Cos;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'copies-'));
  const buckets = [BUCKET, { name: 'operator-123456789', region: 'ap-guangzhou' }];
  cos = await startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(root, 'cos'),
    credentials: keys,
    buckets,
    logger,
  });
});
afterAll(async () => {
  await cos.close();
  await rm(root, { recursive: true });
});

let disks = 0;
let requestId = '';
const running: (() => Promise<void>)[] = [];
beforeEach(() => {
  cos.faults.clear();
  requestId = `request-${(disks += 1)}`;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((end) => end()));
});

const config = (change: Partial<Config> = {}): Config => ({
  ...ConfigSchema.parse({ PAYLOAD_KEY: 'unused', SPOOL_COPY: 'on', SPOOL_COPY_MS: '500', CVM_ROLE: 'no' }),
  COS_ENDPOINT: `127.0.0.1:${cos.port}`,
  TENCENTCLOUD_SECRET_ID: 'AKIDservice',
  TENCENTCLOUD_SECRET_KEY: 'service-key',
  ...change,
});
/** A job that has waited for whatever a worker may still be copying, unless `state` says otherwise. */
const jobWith = (secretId: string, state: Partial<Job['state']> = {}) => {
  const secretKey = keys.find((key) => key.secretId === secretId)!.secretKey;
  const job = fakeJob({ restAwaited: { ms: 86_400_000, at: 0, until: 0 }, ...state });
  return Object.assign(job, {
    recording: { ...recording, requestId },
    secrets: { cosCredentials: { secretId, secretKey } },
  });
};

/** One worker with a disk of its own that has the recording. */
interface Machine {
  readonly copies: WorkerCopies;
  readonly spool: Spool;
  readonly take: Take;
  readonly finish: (limitMs: number) => Promise<void>;
}
const machine = async (job: Job, change: Partial<Config> = {}, dir = path.join(root, `disk-${(disks += 1)}`)) => {
  const copies = createSpoolCopies(config(change), metrics.instruments, logger);
  const spool = await openSpool({ dir, logger });
  const take = await spool.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
  const finish = copies.begin(job, spool);
  running.push(
    () => finish(0),
    () => take.close('the test is over'),
    () => copies.remove(job),
  );
  return { copies, spool, take, finish } satisfies Machine;
};

let packets = 0;
/** Takes in sound of some anchors; 20 ms a packet. */
const hear = ({ take }: Pick<Machine, 'take'>, { anchors = 1, count = 50 } = {}): void => {
  for (const until = packets + count; packets < until; packets += 1)
    for (let anchor = 1; anchor <= anchors; anchor += 1)
      take.frame({
        ...({ stream: 'main', kind: 'audio', codec: 'opus', key: true, tap: anchor, ssrc: anchor } as const),
        ...{ userId: `anchor-${anchor}`, rtpTimestamp: packets * 960, sequenceNumber: packets & 0xffff },
        ...{ receivedAt: 1_760_000_000_000 + packets * 20, data: Buffer.alloc(80, 15 << 3) },
      });
};
const framesIn = (journal: readonly JournalEntry[]) =>
  journal.reduce((sum, entry) => sum + (entry.type === 'segment' ? entry.frames : 0), 0);

const folder = () => path.join(root, 'cos', BUCKET.name, 'trtc', '.spool', requestId);
const objects = async (dir = folder()): Promise<string[]> => {
  const names = await readdir(dir, { recursive: true }).catch(() => []);
  return names.filter((name) => /-\d{8}$/.test(name)).sort();
};
const until = async (what: () => Promise<boolean> | boolean) => {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
};
const copied = (count = 1) => until(async () => (await objects()).length >= count);

test('what was captured on a lost machine comes before what the next one captured, without a word of its own', async () => {
  const job = jobWith('AKIDowner');
  const first = await machine(job);
  hear(first, { anchors: 3 });
  await copied();
  await job.save({ spools: [first.spool.name] });
  await first.spool.remove();

  const second = await machine(job);
  hear(second, { count: 25 });
  await second.take.close('stopped');
  await second.copies.restore(job, second.spool);
  const journal = await second.spool.journal();
  expect(framesIn(journal)).toBe(3 * 50 + 25);
  expect(journal.flatMap((entry) => (entry.type === 'take-end' ? [entry.reason] : []))).toEqual(['killed', 'stopped']);
  const again = await second.copies.restore(job, second.spool).then(() => second.spool.journal());
  expect(again).toEqual(journal);

  await second.copies.remove(job);
  expect(await objects()).toEqual([]);
});

test('a recording whose bucket is changed meanwhile is copied on where its beginning lies, and restored from there', async () => {
  const job = jobWith('AKIDowner');
  const ports = { ...fakePorts(), copies: createSpoolCopies(config(), metrics.instruments, logger) };
  const lost = await openSpool({ dir: path.join(root, `disk-${(disks += 1)}`), logger });
  await whileCopied(job, lost, ports, async () => {
    const take = await lost.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
    hear({ take });
    await copied();
    Object.assign(job, { recording: { ...job.recording, cos: { ...recording.cos, path: '/moved' } } });
    hear({ take });
    await take.close('stopped');
  });
  expect(await objects(path.join(root, 'cos', BUCKET.name, 'moved'))).toEqual([]);
  await lost.remove();

  const next = await machine(job);
  hear(next, { count: 25 });
  await next.take.close('stopped');
  await next.copies.restore(job, next.spool);
  expect(framesIn(await next.spool.journal())).toBe(50 + 50 + 25);
  await next.copies.remove(job);
  expect(await objects()).toEqual([]);
});

test('keys for the new bucket alone: it is copied there from its beginning, and the old part is left', async () => {
  const job = jobWith('AKIDowner');
  const ports = { ...fakePorts(), copies: createSpoolCopies(config(), metrics.instruments, logger) };
  const moved = { region: 'ap-guangzhou', bucket: 'operator-123456789', path: '/moved' };
  const newFolder = path.join(root, 'cos', moved.bucket, 'moved', '.spool', requestId);
  const lost = await openSpool({ dir: path.join(root, `disk-${(disks += 1)}`), logger });
  await whileCopied(job, lost, ports, async () => {
    const take = await lost.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
    hear({ take });
    await copied();
    const refused = { fault: 'error', status: 403, code: 'AccessDenied', keyPrefix: 'trtc/' } as const;
    cos.faults.add({ ...refused, times: 1000 });
    Object.assign(job, { recording: { ...job.recording, cos: moved } });
    hear({ take });
    await until(async () => (await objects(newFolder)).length > 0);
    await take.close('stopped');
  });
  await lost.remove();
  expect(job.state.copiesIn).toEqual({ ...moved, ownKeys: false });
  expect(job.lines.filter((line) => line.startsWith('copies: '))).toEqual([
    expect.stringMatching(
      /^copies: the spool is copied from its beginning to the recording's new bucket: the keys may not /,
    ),
  ]);

  const next = await machine(job);
  hear(next, { count: 25 });
  await next.take.close('stopped');
  await next.copies.restore(job, next.spool);
  expect(framesIn(await next.spool.journal())).toBe(50 + 50 + 25);
  await next.copies.remove(job);
  expect(await objects(newFolder)).toEqual([]);
  expect(await objects()).not.toEqual([]);
});

test('one object a period, whatever the number of anchors, and none while nobody sends', async () => {
  const job = jobWith('AKIDowner');
  const only = await machine(job);
  only.take.event({ type: 'entered', at: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(await objects()).toEqual([]);
  hear(only, { anchors: 20 });
  await copied();
  await only.take.close('stopped');
  await only.finish(10_000);
  // Closing the segments takes a period or some on a slow disk.
  expect((await objects()).length).toBeLessThan(10);
});

test('a worker on another disk that gets an empty recording knows that there is nothing to wait for', async () => {
  const job = jobWith('AKIDowner');
  const first = await machine(job);
  first.take.event({ type: 'entered', at: 1 });
  await first.take.close('no_anchor');
  await first.finish(10_000);
  await first.spool.remove();
  await job.save({ step: 'transcode', reason: 'no_anchor', takes: 1, spools: [first.spool.name], endedAt: Date.now() });
  const copies = createSpoolCopies(config(), metrics.instruments, logger);
  const spool = await openSpool({ dir: path.join(root, `disk-${(disks += 1)}`), logger });
  const ports = fakePorts({ plans: [] });
  const result = await record(job, { ...ports, copies, spools: { open: () => Promise.resolve(spool) } }, logger);
  expect(result).toMatchObject({ Files: [], Reason: 'no_anchor', Message: 'record success: ended' });
});

test('COS is away: the capture does not notice, and the copies catch up', async () => {
  const job = jobWith('AKIDowner');
  cos.faults.add({ fault: 'error', operation: 'PutObject', times: 4 });
  const first = await machine(job);
  hear(first);
  await until(() => job.lines.some((line) => line.includes('cannot be copied now, the capture goes on')));
  hear(first);
  await first.take.close('stopped');
  await first.finish(10_000);
  expect(job.lines).toContain('copies: the spool is copied again');
  expect(await metrics.text()).toMatch(/spool_copies_total\{outcome="failed"\} [1-9]/);
  const other = await machine(job);
  await other.take.close('stopped');
  await other.copies.restore(job, other.spool);
  expect(framesIn(await other.spool.journal())).toBe(100);
});

describe('keys that may not', () => {
  test.each([
    ['list', 'AKIDputter', /not copied any more: the keys may not GetBucket/],
    ['read', 'AKIDnoread', /not copied any more: the keys may not GetObject/],
  ])('%s: said once, and the capture goes on', async (_, secretId, line) => {
    const job = jobWith(secretId);
    const only = await machine(job);
    hear(only);
    await until(() => job.lines.some((said) => line.test(said)));
    hear(only);
    await only.take.close('stopped');
    await only.finish(10_000);
    await only.copies.restore(job, only.spool);
    expect(job.lines.filter((said) => line.test(said))).toHaveLength(1);
    expect(framesIn(await only.spool.journal())).toBe(100);
  });
});

test('a worker restarted on the same disk goes on in the same copies, also with its clock set back', async () => {
  const job = jobWith('AKIDowner');
  const first = await machine(job);
  hear(first);
  await copied();
  await first.take.close('killed, as it were');
  await first.finish(10_000);
  const before = await objects();
  const { now } = Date;
  const setBack = jest.spyOn(Date, 'now').mockImplementation(() => now() - 60_000);
  const restarted = await machine(job, {}, first.spool.dir);
  hear(restarted);
  await copied(before.length + 1);
  setBack.mockRestore();
  await restarted.take.close('stopped');
  await restarted.finish(10_000);
  expect(new Set((await objects()).map((name) => path.dirname(name)))).toEqual(new Set([first.spool.name]));
  const added = (await objects()).slice(before.length);
  expect((await readFile(path.join(folder(), added[0]!), 'latin1')).split('\n')[0]).toMatch(
    /"file":"journal.ndjson","offset":[1-9]/,
  );

  const other = await machine(job);
  await other.take.close('stopped');
  await other.copies.restore(job, other.spool);
  expect(framesIn(await other.spool.journal())).toBe(100);
});

test('what a worker that handed over may still be copying is waited for', async () => {
  const job = jobWith('AKIDowner', { restAwaited: undefined });
  const first = await machine(job);
  hear(first);
  await copied();
  const next = await machine(job);
  await next.take.close('stopped');
  await job.save({ spools: [first.spool.name, next.spool.name], endedAt: Date.now() });
  await expect(next.copies.restore(job, next.spool)).rejects.toMatchObject({ kind: 'handed-back' });
  hear(first);
  await first.take.close('handed back');
  await first.finish(10_000);
  await next.copies.restore(job, next.spool);
  expect(framesIn(await next.spool.journal())).toBe(100);
});

test('it is waited for also by a worker that had the recording long before, and has it again', async () => {
  const job = jobWith('AKIDowner', { restAwaited: undefined });
  const { now } = Date;
  const longAgo = jest.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
  const first = await machine(job);
  hear(first);
  await first.take.close('handed back');
  await first.finish(10_000);
  longAgo.mockRestore();
  const other = await machine(job);
  hear(other);
  await copied((await objects()).length + 1);
  const again = await machine(job, {}, first.spool.dir);
  await again.take.close('stopped');
  await job.save({ spools: [other.spool.name, again.spool.name], endedAt: Date.now() });
  await expect(again.copies.restore(job, again.spool)).rejects.toMatchObject({ kind: 'handed-back' });
  hear(other);
  await other.take.close('handed back');
  await other.finish(10_000);
  await again.copies.restore(job, again.spool);
  expect(framesIn(await again.spool.journal())).toBe(150);
});

test('an end that its worker could not copy yet is waited for', async () => {
  const job = jobWith('AKIDowner', { restAwaited: undefined });
  const first = await machine(job);
  hear(first);
  await copied();
  cos.faults.add({ fault: 'error', operation: 'PutObject', times: 1000 });
  hear(first);
  await first.take.close('stopped');
  await first.finish(100);
  await job.save({ spools: [first.spool.name], endedAt: Date.now(), step: 'transcode' });

  const other = await openSpool({ dir: path.join(root, `disk-${(disks += 1)}`), logger });
  const copies = createSpoolCopies(config(), metrics.instruments, logger);
  await expect(copies.restore(job, other)).rejects.toMatchObject({ kind: 'handed-back' });
  cos.faults.clear();
  await first.finish(30_000);
  await copies.restore(job, other);
  expect(framesIn(await other.journal())).toBe(100);
}, 40_000);

test.each([
  [1, 'whole'],
  [2, 'without its end'],
])('a spool of which one take is copied, and %d were in the room, is %s', async (takes, what) => {
  const job = jobWith('AKIDowner');
  const first = await machine(job);
  hear(first);
  await first.take.close('the room was lost');
  await first.finish(10_000);
  await first.spool.remove();
  await job.save({ spools: [first.spool.name], takesIn: { [first.spool.name]: takes } });
  const next = await machine(job);
  await next.take.close('stopped');
  await next.copies.restore(job, next.spool);
  const [restored] = (await next.spool.journal()).filter(({ type }) => type === 'restored');
  expect(restored).toMatchObject({ spool: first.spool.name });
  expect(restored).toEqual(
    what === 'whole'
      ? expect.not.objectContaining({ until: expect.anything() })
      : expect.objectContaining({ until: expect.any(Number) }),
  );
});

test.each([
  ['is removed with the rest', 'delivered', false],
  ['stays for whoever goes on', 'under way', true],
])('what is copied after a hand-over %s while the recording is %s', async (_, fate, left) => {
  const job = jobWith('AKIDowner');
  const first = await machine(job);
  hear(first);
  await copied();
  const next = createSpoolCopies(config(), metrics.instruments, logger);
  if (fate === 'delivered') await next.remove(job);
  hear(first);
  job.abort(new Error('draining'));
  await first.take.close('handed back');
  await first.finish(0);
  await first.copies.finishAll(10_000);
  expect((await objects()).length > 0).toBe(left);
});

test.each([
  ['before its capture has ended', true],
  ['while the end of its capture is copied', false],
])(
  'a recording handed over %s does not wait for its copies; they are made before the worker ends',
  async (_, during) => {
    const job = jobWith('AKIDowner');
    const copies = createSpoolCopies(config(), metrics.instruments, logger);
    const spool = await openSpool({ dir: path.join(root, `disk-${(disks += 1)}`), logger });
    cos.faults.add({ fault: 'delay', operation: 'PutObject', ms: 1_500, times: 1 });
    let handedOverAt = 0;
    const handOver = () => {
      handedOverAt = performance.now();
      job.abort(new Error('draining'));
    };
    await whileCopied(job, spool, { ...fakePorts(), copies }, async () => {
      const take = await spool.startTake({ worker: 'w', mode: '00', onFault: () => undefined });
      hear({ take });
      await take.close('handed back');
      if (during) handOver();
      else setTimeout(handOver, 100);
    });
    expect(performance.now() - handedOverAt).toBeLessThan(1_000);
    await copies.finishAll(10_000);
    const next = await machine(job);
    await next.take.close('stopped');
    await next.copies.restore(jobWith('AKIDowner', job.state), next.spool);
    expect(framesIn(await next.spool.journal())).toBe(50);
  },
);

test('copies that cannot be had for good are done without, and stay; those that are not needed are let go', async () => {
  const job = jobWith('AKIDputter', { spools: ['0123456789abcdef'] });
  const only = await machine(job);
  await only.copies.restore(job, only.spool);
  expect(job.lines.at(-1)).toMatch(/^restore: given up, the files are made without what was captured on other disks: /);
  const owner = jobWith('AKIDowner', { takenIn: [{ spool: only.spool.name }] });
  const lost = await machine(owner);
  hear(lost);
  await copied();
  await lost.finish(5_000);
  await only.copies.remove(owner);
  expect(await objects()).not.toEqual([]);
  await job.save({ spools: [only.spool.name] });
  await only.copies.restore(job, only.spool);
  expect(job.lines.at(-1)).toMatch(/^restore: not possible, and not needed/);
});

test("the operator's bucket takes them with the service's keys, whatever keys the request has", async () => {
  const job = jobWith('AKIDputter');
  const place = {
    SPOOL_COPY_BUCKET: 'operator-123456789',
    SPOOL_COPY_REGION: 'ap-guangzhou',
    SPOOL_COPY_PATH: '/spools',
  };
  const only = await machine(job, place);
  hear(only);
  const dir = path.join(root, 'cos', 'operator-123456789', 'spools', '.spool', requestId);
  await until(async () => (await objects(dir)).length > 0);
  await only.take.close('stopped');
  await only.finish(10_000);
  await only.copies.remove(job);
  expect([await objects(dir), await objects()]).toEqual([[], []]);
});

test.each([
  [{}, true],
  [{ CFS_PATH: '/mnt/cfs' }, false],
  [{ CFS_PATH: '/mnt/cfs', WORK_DIR: '/data' }, true],
  [{ CFS_PATH: '/mnt/cfs', SPOOL_COPY: 'on' as const }, true],
  [{ WORK_DIR: '/mnt/cfs', SPOOL_COPY: 'off' as const }, false],
])('%j: spools are copied: %s', (change, expected) => {
  expect(copiesSpools({ ...config(), SPOOL_COPY: 'auto', ...change })).toBe(expected);
});

test('a rate is shared by all', async () => {
  let now = 0;
  const rate = new ByteRate(1_000_000, () => now);
  const { signal } = new AbortController();
  await rate.pass(1_000, signal);
  const begun = performance.now();
  await Promise.all([rate.pass(50_000, signal), rate.pass(50_000, signal)]);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(45);
  now = 1_000;
  await rate.pass(1_000_000, signal);
  await expect(rate.pass(1, AbortSignal.timeout(10))).rejects.toMatchObject({ name: 'AbortError' });
});
