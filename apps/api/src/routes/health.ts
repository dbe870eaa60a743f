import { AppError } from '@trtc-recorder/runtime';
import type { Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process lives. `/readyz`: it can accept recordings, which needs Redis. Both without a token. */
export function healthRoutes(app: FastifyInstance, submitter: Submitter): void {
  app.get('/healthz', () => ({ Status: 'ok' }));
  app.get('/readyz', async () => {
    if (!(await submitter.ping())) throw new AppError('QueueUnavailable', 'Redis does not answer');
    return { Status: 'ok' };
  });
}
