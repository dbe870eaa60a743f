import { counter, createMetrics, gauge, histogram, type Metrics } from '@trtc-recorder/metrics';
import type { Submitter } from '@trtc-recorder/queue';
import type { Logger } from '@trtc-recorder/runtime';
import type { FastifyInstance } from 'fastify';

/** What the API measures. docs/metrics.md repeats it; a test holds the two equal. */
export const apiMetrics = {
  requests: counter('http_requests', 'Requests answered; the route is its pattern, or "none"', [
    'method',
    'route',
    'status',
  ]),
  requestSeconds: histogram(
    'http_request_seconds',
    'From the request until its answer was sent, s',
    [0.01, 0.05, 0.2, 1, 5],
    ['route'],
  ),
  jobs: gauge(
    'queue_jobs',
    'Jobs in Redis by queue (recordings, callbacks) and state: waiting, delayed, active, and those kept for 3 days, completed and failed',
    ['queue', 'state'],
  ),
  oldestWaiting: gauge(
    'queue_oldest_waiting_seconds',
    'How long the oldest recording that no worker has begun waits, s',
  ),
};

export type ApiMetrics = Metrics<typeof apiMetrics>;

/** Metrics of the API; the queue is looked at before each scrape. */
export function createApiMetrics(submitter: Pick<Submitter, 'depths'>, logger: Logger): ApiMetrics {
  const metrics = createMetrics(apiMetrics, logger);
  const { jobs, oldestWaiting } = metrics.instruments;
  metrics.beforeScrape(async () => {
    const { recordings, callbacks, oldestWaitingMs } = await submitter.depths();
    for (const [queue, depth] of Object.entries({ recordings, callbacks }))
      for (const [state, count] of Object.entries(depth)) jobs.set({ queue, state }, Number(count));
    oldestWaiting.set(oldestWaitingMs / 1000);
  });
  return metrics;
}

/** Methods the API has; any other is one word, so that a stranger cannot make labels. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Counts every answer. */
export function measureRequests(app: FastifyInstance, { instruments }: ApiMetrics): void {
  const { requests, requestSeconds } = instruments;
  app.addHook('onResponse', (request, reply, next) => {
    const route = request.routeOptions.url ?? 'none';
    const method = METHODS.has(request.method) ? request.method : 'other';
    requests.inc({ method, route, status: String(reply.statusCode) });
    requestSeconds.observe({ route }, reply.elapsedTime / 1000);
    next();
  });
}
