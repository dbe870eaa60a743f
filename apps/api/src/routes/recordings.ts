import { StateSchema, type Room } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import type { Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const MAX_PAGE = 100;
const whole = (name: string, min: number, max: number) => {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
};

const FilterSchema = z.object({
  State: StateSchema.optional(),
  SdkAppId: whole('SdkAppId', 1, 4294967295).optional(),
  RoomId: whole('RoomId', 1, 4294967294).optional(),
  StrRoomId: z.string().optional(),
  UserId: z.string().optional(),
  Limit: whole('Limit', 1, MAX_PAGE).default(20),
  Cursor: z.string().max(200).optional(),
});

const ParamsSchema = z.object({ requestId: z.string() });
const idOf = (params: unknown): string => ParamsSchema.parse(params).requestId;

export const noSuchRecording = (): AppError =>
  new AppError('NotFound', 'no such recording; results are kept for 3 days');

/** What became of recordings, and the way to end one. */
export function recordingRoutes(app: FastifyInstance, submitter: Submitter): void {
  app.get('/v1/recordings', async (request) => {
    const filter = parseFilter(request.query);
    const { recordings, cursor } = await submitter.list(filter);
    return { Recordings: recordings, ...(cursor !== undefined && { Cursor: cursor }) };
  });
  app.get('/v1/statistics', async () => {
    const { queued, running, done, failed } = await submitter.statistics();
    return { Queued: queued, Running: running, Done: done, Failed: failed };
  });
  app.get('/v1/recordings/:requestId', async (request) => {
    const status = await submitter.status(idOf(request.params));
    if (status === null) throw noSuchRecording();
    return status;
  });
  app.get('/v1/recordings/:requestId/logs', async (request) => {
    const requestId = idOf(request.params);
    const lines = await submitter.logs(requestId);
    if (lines === null) throw noSuchRecording();
    return { RequestId: requestId, Lines: lines };
  });
  app.post('/v1/recordings/:requestId/stop', async (request, reply) => {
    const requestId = idOf(request.params);
    if (!(await submitter.stop(requestId))) throw noSuchRecording();
    return reply.status(202).send({ RequestId: requestId, Message: 'Stop requested' });
  });
}

function parseFilter(query: unknown) {
  const parsed = FilterSchema.safeParse(query);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: [field = ''], message }) =>
      message.startsWith(String(field)) ? message : `${String(field)}: ${message}`,
    );
    throw new AppError('InvalidParameter.Field', faults.join('; '));
  }
  const { State, SdkAppId, RoomId, StrRoomId, UserId, Limit, Cursor } = parsed.data;
  const room: Room | undefined =
    RoomId !== undefined
      ? { type: 'int', id: RoomId }
      : StrRoomId !== undefined
        ? { type: 'string', id: StrRoomId }
        : undefined;
  return { state: State, sdkAppId: SdkAppId, room, userId: UserId, limit: Limit, cursor: Cursor };
}
