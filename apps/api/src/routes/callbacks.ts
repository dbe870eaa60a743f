import type { Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance } from 'fastify';
import { idOf } from '../recording-id.ts';
import { replayCallback } from './replay.ts';

const messages = { replayed: 'Callback will be POSTed again', pending: 'Callback is not due yet or under way' };

/** POSTs a recording's result once more: for a receiver that lost it, or that came back after 24 h. */
export function callbackRoutes(app: FastifyInstance, submitter: Submitter): void {
  app.post('/v1/recordings/:requestId/callback/replay', async (request, reply) => {
    const replay = await replayCallback(submitter, request);
    return reply.status(202).send({ RequestId: idOf(request), Message: messages[replay] });
  });
}
