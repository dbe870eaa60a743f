import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { AppError } from '@trtc-recorder/runtime';
import type { Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuse } from '../answer.ts';

const BASE = '/admin/queues';
/** What may be done by hand: POST a callback again, or now. Everything else could lose or double a recording. */
const ALLOWED_ACTION = new RegExp(`^${BASE}/api/queues/callbacks/[^/]+/(?:retry|promote)$`);

type BoardQueue = ReturnType<Submitter['boardQueues']>[number];

/** Bull Board over the two queues, with the sealed parts of their jobs left out. */
export function boardRoutes(app: FastifyInstance, queues: readonly BoardQueue[]): void {
  const server = new FastifyAdapter().setBasePath(BASE);
  createBullBoard({
    queues: queues.map(adapterOf),
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'TRTC recorder' } },
  });
  app.register((board, _options, done) => {
    board.addHook('onRequest', (request, reply, next) => {
      if (isAllowed(request)) next();
      else refuse(request, reply, readOnly());
    });
    board.register(server.registerPlugin(), { prefix: BASE });
    done();
  });
}

const isAllowed = ({ method, url }: FastifyRequest): boolean =>
  method === 'GET' || method === 'HEAD' || ALLOWED_ACTION.test(new URL(url, 'http://board').pathname);

const readOnly = (): AppError => new AppError('NotFound', 'this board changes nothing: it only sends callbacks again');

function adapterOf(queue: BoardQueue): BullMQAdapter {
  const readOnlyMode = queue.name !== 'callbacks';
  const adapter = new BullMQAdapter(queue, { readOnlyMode, allowRetries: !readOnlyMode });
  adapter.setFormatter('data', withoutSealed);
  return adapter;
}

const SEALED = new Set(['sealed', 'sealedUrl']);
function withoutSealed(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const shown = ([key, value]: [string, unknown]) => [key, SEALED.has(key) ? '[sealed]' : withoutSealed(value)];
  return Object.fromEntries(Object.entries(data).map(shown));
}
