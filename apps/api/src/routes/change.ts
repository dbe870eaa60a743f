import type { Termination } from '@trtc-recorder/queue';
import type { FastifyInstance } from 'fastify';
import { idOf, noSuchRecording } from '../recording-id.ts';
import { refuseWrongUserSig } from '../request.ts';
import { loweredWarning } from '../warnings.ts';
import type { SubmitOptions } from './submit.ts';
import { parseUpdate, patchOf } from '../update.ts';

const HAD_ENDED = 'It had ended: nothing of it waits or runs';
const TERMINATION: Record<Exclude<Termination, 'none'>, string> = {
  terminated: 'Terminated: nothing more will be delivered',
  callback: 'It had ended; its callback is given up',
  ended: HAD_ENDED,
};

/** To change a recording that was accepted: its fields, or its end. */
export function changeRoutes(app: FastifyInstance, { submitter, settings, now }: SubmitOptions): void {
  app.patch('/v1/recordings/:requestId', async (request) => {
    const requestId = idOf(request);
    const update = parseUpdate(request.body);
    const recording = await submitter.status(requestId);
    if (recording === null) throw noSuchRecording();
    const { SdkAppId, UserId } = recording;
    refuseWrongUserSig({ UserSig: update.UserSig, SdkAppId: Number(SdkAppId), UserId }, now());
    const changed = await submitter.update(requestId, patchOf(update, settings.maxDurationS));
    if (changed === null) throw noSuchRecording();
    const { MaxDuration } = update;
    const limit = settings.maxDurationS;
    const lowered = MaxDuration !== undefined && MaxDuration > limit;
    return {
      RequestId: requestId,
      Changed: changed,
      ...(lowered && { MaxDuration: limit, Warnings: [loweredWarning(MaxDuration, limit)] }),
    };
  });
  app.post('/v1/recordings/:requestId/stop', async (request, reply) => {
    const requestId = idOf(request);
    const before = await submitter.status(requestId);
    if (before === null || !(await submitter.stop(requestId))) throw noSuchRecording();
    const hadEnded = before.State === 'done' || before.State === 'failed';
    return reply.status(202).send({ RequestId: requestId, Message: hadEnded ? HAD_ENDED : 'Stop requested' });
  });
  app.post('/v1/recordings/:requestId/terminate', async (request, reply) => {
    const requestId = idOf(request);
    const termination = await submitter.terminate(requestId);
    if (termination === 'none') throw noSuchRecording();
    return reply.status(202).send({ RequestId: requestId, Message: TERMINATION[termination] });
  });
}
