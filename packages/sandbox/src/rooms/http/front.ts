import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { errorCatalogue } from '@trtc-recorder/contracts';
import { AppError, errorMessage, toAppError, type Logger } from '@trtc-recorder/runtime';
import type { RoomsControl } from '../../control.ts';
import type { CosFaults } from '../../cos/index.ts';
import type { Signalling } from '../signalling.ts';
import type { World } from '../world.ts';
import { controlRoutes } from './control-routes.ts';
import { cosFaultRoutes } from './cos-fault-routes.ts';
import { acceptSockets, answerSdkRequests } from './sdk-traffic.ts';
import { checkPages, serveFiles } from './static-files.ts';

export interface FrontOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly world: World;
  readonly signalling: Signalling;
  readonly control: RoomsControl;
  readonly cosFaults: CosFaults;
  readonly logger: Logger;
}

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** Longest user id or room id in a path, percent-encoded. */
const LONGEST_PARAMETER = 2000;

/** The HTTP side of the rooms: pages, the SDK's redirected traffic, the control API. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { host, port, world, signalling, control, cosFaults, logger } = options;
  await checkPages();
  const app = Fastify({ logger: false, routerOptions: { maxParamLength: LONGEST_PARAMETER } });
  answerErrors(app, logger);
  app.get('/healthz', () => ({ status: 'ok' }));
  serveFiles(app);
  answerSdkRequests(app, world);
  controlRoutes(app, control);
  cosFaultRoutes(app, cosFaults);
  const closeSockets = acceptSockets(app, signalling);
  const url = await listen(app, host, port);
  return {
    url,
    close: async () => {
      closeSockets();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    throw new AppError('SandboxFailed', `the rooms cannot listen on ${host}:${port}: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

/** Errors are JSON: `{"error": {"code", "message"}}`. */
function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ error: { code: 'NotFound', message: `no ${request.method} ${request.url} here` } }),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const known = knownError(error);
    const status = errorCatalogue[known.code].status ?? 500;
    if (status >= 500) logger.error({ err: error }, 'a request to the sandbox failed');
    return reply.status(status).send({ error: { code: known.code, message: known.message } });
  });
}

function knownError(error: FastifyError): AppError {
  if (error instanceof z.ZodError) return new AppError('InvalidParameter.Field', z.prettifyError(error));
  const { statusCode = 500 } = error;
  if (statusCode >= 400 && statusCode < 500) return new AppError('InvalidParameter', error.message, { cause: error });
  return toAppError(error);
}
