import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRecordingWorker, createSubmitter } from '@trtc-recorder/queue';
import { silentLogger } from '@trtc-recorder/runtime';
import { startTestRedis } from '../../../packages/queue/test/helpers/redis.ts';
import { resultFor, sample } from '../../../packages/queue/test/helpers/samples.ts';
import { until } from '../../../packages/queue/test/helpers/until.ts';
import { bundled } from '../../../packages/runtime/test/network/bundle.ts';
import { startNameServer } from '../../../packages/runtime/test/network/name-server.ts';
import { startAwkward, startReceiver } from './receiver.ts';

/** Where the notifier of this test finds its name server: a resolv.conf of its own says so, without a port. */
const NAME_SERVER = '127.77.7.7';
const SILENT = 5;
const EACH = 10;

const why = whyNotHere();
const onLinux = why === undefined ? describe : describe.skip;
if (why !== undefined) process.stderr.write(`apps/notifier/test/slow-receivers.test.ts is skipped: ${why}\n`);

function whyNotHere(): string | undefined {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'the kernel refuses a mount namespace here';
  }
}

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

onLinux('receivers that are slow, each at something else', () => {
  const payloadKey = randomBytes(32).toString('base64');
  let submitter: ReturnType<typeof createSubmitter>;
  let notifier: ChildProcess;

  beforeAll(async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.stop());
    const shared = { redisUrl: redis.url, payloadKeys: [payloadKey], logger: silentLogger() };
    submitter = createSubmitter(shared);
    await submitter.ready();
    closing.push(() => submitter.close());
    const handle = (job: Parameters<Parameters<typeof createRecordingWorker>[0]['handle']>[0]) =>
      Promise.resolve(resultFor(job.recording));
    const worker = await createRecordingWorker({ ...shared, workerId: 'w', concurrency: 20, handle });
    closing.push(() => worker.kill());

    const silent = Array.from({ length: SILENT }, (_, index) => [`silent-${index}.test`, 'silent'] as const);
    const zone = { ...Object.fromEntries(silent), 'well.test': ['127.0.0.1'] };
    const names = await startNameServer(zone, { host: NAME_SERVER, port: 53 });
    closing.push(() => names.close());
    const main = await bundled(path.join(import.meta.dirname, '../src/main.ts'));
    const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-resolv-'));
    closing.push(
      () => main.remove(),
      () => rm(dir, { recursive: true }),
    );
    const resolv = path.join(dir, 'resolv.conf');
    await writeFile(resolv, `nameserver ${NAME_SERVER}\n`);
    // Nothing ends by a time limit while the test runs.
    const env = {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
      PAYLOAD_KEY: payloadKey,
      CALLBACK_TIMEOUT_MS: '120000',
      CALLBACK_CONNECT_TIMEOUT_MS: '120000',
    };
    const mounted = `mount --bind ${resolv} /etc/resolv.conf && exec ${process.execPath} ${main.script}`;
    notifier = spawn('unshare', ['-m', 'sh', '-c', mounted], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    closing.push(async () => {
      notifier.kill('SIGKILL');
      if (notifier.exitCode === null && notifier.signalCode === null) await once(notifier, 'exit');
    });
    await once(notifier.stdout ?? notifier, 'data');
  }, 60_000);

  test('do not delay the others, by name or by address', async () => {
    const record = async (url: string) => (await submitter.submit(sample(), { userSig: 's' }, { url })).requestId;
    const many = (url: string) => Promise.all(Array.from({ length: EACH }, () => record(url)));
    let open = 0;
    const mute = await startAwkward(() => (open += 1));
    const muteTls = await startAwkward(() => (open += 1));
    closing.push(
      () => mute.close(),
      () => muteTls.close(),
    );
    for (let index = 0; index < SILENT; index += 1) await many(`http://silent-${index}.test/hook`);
    await many(mute.url);
    await many(muteTls.url.replace('http:', 'https:'));
    // Two receivers' share of places.
    await until('the slow ones have their places', () => open === 16, 30_000);

    const well = await startReceiver((response) => response.end());
    closing.push(() => well.close());
    await many(well.url);
    await many(well.url.replace('127.0.0.1', 'well.test'));
    await until('the others have theirs', () => well.received.length === 2 * EACH, 25_000);
    expect(new Set(well.received.map(({ headers }) => headers['x-event-id'])).size).toBe(2 * EACH);
    expect(notifier.exitCode).toBeNull();
  }, 90_000);
});
