import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { RoomSchema } from '@trtc-recorder/contracts';
import type { Submitter } from '@trtc-recorder/queue';
import { AppError } from '@trtc-recorder/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refuse } from '../answer.ts';
import { replayCallback, replayPage } from './replay.ts';

const BASE = '/admin/queues';
/** The one action: POST a callback again. Everything else could lose or double a recording. */
const REPLAY = `${BASE}/api/queues/callbacks/:requestId/retry`;

/** Nothing from elsewhere, in no frame: where the board is read, other hosts may be out of reach. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

type BoardQueue = ReturnType<Submitter['boardQueues']>[number];

/** Bull Board over the two queues, to look at, with the sealed parts of their jobs left out. */
export function boardRoutes(app: FastifyInstance, submitter: Submitter): void {
  const server = new FastifyAdapter().setBasePath(BASE);
  createBullBoard({
    queues: submitter.boardQueues().map(adapterOf),
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'TRTC recorder', hideDocsLink: true } },
  });
  app.register((board, _options, done) => {
    board.addHook('onRequest', (request, reply, next) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      if (isAllowed(request)) next();
      else refuse(request, reply, readOnly());
    });
    board.addHook('onSend', withoutForeignFonts);
    replayPage(board, `${BASE}/replay/:requestId`);
    board.put(REPLAY, async (request, reply) => {
      await replayCallback(submitter, request);
      return reply.status(204).send();
    });
    board.register(server.registerPlugin(), { prefix: BASE });
    done();
  });
}

const isAllowed = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'GET' || method === 'HEAD' || routeOptions.url === REPLAY;

const readOnly = (): AppError => new AppError('NotFound', 'this board changes nothing: it only sends callbacks again');

/** Its page loads web fonts of another host and stays blank until that answers. Local fonts are named besides. */
const withoutForeignFonts = async (
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> => {
  const type = reply.getHeader('content-type');
  if (typeof payload !== 'string' || typeof type !== 'string' || !type.startsWith('text/html')) return payload;
  const page = payload.replace(/<link\b[^>]*\bhref="https?:[^>]*>/g, '');
  reply.header('content-length', Buffer.byteLength(page));
  return page;
};

function adapterOf(queue: BoardQueue): BullMQAdapter {
  const isCallbacks = queue.name === 'callbacks';
  // Without this mode the board shows buttons for all that this product does not do by hand.
  const adapter = new BullMQAdapter(queue, {
    readOnlyMode: true,
    ...(isCallbacks && {
      externalJobUrl: ({ id }) => ({
        displayText: 'send again',
        href: `${BASE}/replay/${encodeURIComponent(id ?? '')}`,
      }),
    }),
  });
  adapter.setFormatter('name', nameOf);
  adapter.setFormatter('data', withoutSealed);
  return adapter;
}

const NamedSchema = z.object({
  data: z.object({ recording: z.object({ sdkAppId: z.number(), room: RoomSchema, userId: z.string() }) }),
});

/** `SdkAppId/room/UserId`; a string room in quotes, because 123 and "123" are different rooms. */
function nameOf(job: { name?: string }): string {
  const parsed = NamedSchema.safeParse(job);
  if (!parsed.success) return job.name ?? '';
  const { sdkAppId, room, userId } = parsed.data.data.recording;
  return `${sdkAppId}/${room.type === 'int' ? room.id : JSON.stringify(room.id)}/${userId}`;
}

const SEALED = new Set(['sealed', 'sealedUrl']);
function withoutSealed(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const shown = ([key, value]: [string, unknown]) => [key, SEALED.has(key) ? '[sealed]' : withoutSealed(value)];
  return Object.fromEntries(Object.entries(data).map(shown));
}
