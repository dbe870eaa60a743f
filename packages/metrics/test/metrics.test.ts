import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../queue/test/helpers/redis.ts';
import { silentLogger } from '@trtc-recorder/runtime';
import { counter, createMetrics, gauge, histogram, startStatusServer, type StatusServer } from '../src/index.ts';

const catalogue = {
  takes: counter('takes', 'Takes begun'),
  failures: counter('failures', 'Failures', ['code']),
  free: gauge('free_bytes', 'Bytes free'),
  seconds: histogram('step_seconds', 'How long', [1, 10], ['step']),
};
const make = () => createMetrics(catalogue, silentLogger());

let server: StatusServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const serve = async (ready: () => string | null = () => null, metrics = make()) => {
  server = await startStatusServer(await freePort(), { host: '127.0.0.1', metrics, ready });
  return async (path: string, method = 'GET') => {
    const response = await fetch(server!.url! + path, { method });
    return [response.status, await response.text()] as const;
  };
};

describe('metrics', () => {
  test('are told with name, help, labels and values, beside those of Node', async () => {
    const metrics = make();
    metrics.instruments.takes.inc(2);
    metrics.instruments.failures.inc({ code: 'JoinFailed' });
    metrics.instruments.seconds.observe({ step: 'join' }, 3);
    metrics.beforeScrape(() => metrics.instruments.free.set(7));
    const text = await metrics.text();
    for (const line of [
      '# HELP trtc_recorder_takes_total Takes begun',
      'trtc_recorder_takes_total 2',
      'trtc_recorder_failures_total{code="JoinFailed"} 1',
      'trtc_recorder_free_bytes 7',
      'trtc_recorder_step_seconds_bucket{le="10",step="join"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  test('a refresh that fails or hangs costs its own values, not the scrape', async () => {
    const metrics = make();
    metrics.beforeScrape(() => Promise.reject(new Error('Redis is away')));
    metrics.beforeScrape(() => new Promise(() => undefined));
    metrics.beforeScrape(() => metrics.instruments.free.set(1));
    expect(await metrics.text()).toContain('trtc_recorder_free_bytes 1');
  });
});

describe('the status server', () => {
  test.each([
    ['GET', '/healthz', 200, '"ok"'],
    ['HEAD', '/healthz', 200, ''],
    ['GET', '/readyz', 200, '"ok"'],
    ['GET', '/metrics?x=1', 200, 'trtc_recorder_takes_total 0'],
    ['GET', '/etc/passwd', 404, 'not found'],
    ['POST', '/metrics', 405, 'only GET'],
  ])('%s %s: %i', async (method, path, status, words) => {
    const [found, body] = await (await serve())(path, method);
    expect([found, body.includes(words)]).toEqual([status, true]);
  });

  test('a process that cannot work says why', async () => {
    const get = await serve(() => 'no room on the disk');
    expect(await get('/readyz')).toEqual([503, expect.stringContaining('no room on the disk')]);
    expect((await get('/healthz'))[0]).toBe(200);
  });

  test('a port that is taken is told with its variable', async () => {
    await serve();
    const port = Number(new URL(server!.url!).port);
    await expect(
      startStatusServer(port, { host: '127.0.0.1', metrics: make(), ready: () => null }),
    ).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringContaining('METRICS_PORT'),
    });
  });
});
