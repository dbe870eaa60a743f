import type { FastifyInstance } from 'fastify';
import type { ApiMetrics } from '../metrics.ts';

/** Prometheus' text format, behind the same login as everything else. */
export function metricsRoute(app: FastifyInstance, metrics: ApiMetrics): void {
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
