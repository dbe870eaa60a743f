import { randomUUID } from 'node:crypto';
import type { Submitter } from '@trtc-recorder/queue';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { refuse, REQUEST_ID_HEADER } from './answer.ts';
import { createGate, type Caller } from './auth.ts';
import { acceptJsonOnly } from './body.ts';
import { answerBrokenRequest, ignoreExpectations } from './broken-requests.ts';
import { boardRoutes } from './routes/board.ts';
import { callbackRoutes } from './routes/callbacks.ts';
import { createApiMetrics, measureRequests } from './metrics.ts';
import { changeRoutes } from './routes/change.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoute } from './routes/metrics.ts';
import { openApiRoute } from './routes/openapi.ts';
import { recordingRoutes } from './routes/recordings.ts';
import { submitRoutes } from './routes/submit.ts';
import type { Settings } from './settings.ts';

export interface ApiDeps {
  readonly submitter: Submitter;
  readonly logger: Logger;
  /** ms since the epoch. */
  readonly now?: () => number;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

const BODY_LIMIT = 64 * 1024;
/** A request that takes longer to arrive is broken off, ms. */
const REQUEST_WITHIN_MS = 30_000;

/** The HTTP side, not listening yet. */
export async function buildApi(settings: Settings, deps: ApiDeps): Promise<FastifyInstance> {
  const { logger, submitter, now = Date.now } = deps;
  // Named by Fastify's type, so that the instance's type doesn't carry pino's.
  const loggerInstance: FastifyBaseLogger = logger;
  const app = Fastify({
    loggerInstance,
    // Its own request lines have the URL, and with it whatever a caller puts there.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_WITHIN_MS,
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    // A path that can't be decoded, or with a name longer than any id.
    frameworkErrors: (_error, request, reply) => refuse(request, reply, noRoute()),
    // Closing ends kept connections at once, and lets requests under way be answered.
    forceCloseConnections: 'idle',
    // A request that arrives on a kept connection meanwhile is answered, too, with `Connection: close`.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    // Node would refuse it without a body. The gate refuses it where the name matters.
    http: { requireHostHeader: false },
  });
  ignoreExpectations(app);
  acceptJsonOnly(app);
  answerAlike(app);
  logRequests(app);
  const metrics = createApiMetrics(submitter, logger);
  measureRequests(app, metrics);

  healthRoutes(app, submitter);
  openApiRoute(app);
  const gate = createGate(settings.tokens);
  await app.register((guarded, _options, done) => {
    guarded.decorateRequest('caller', '');
    guarded.addHook('onRequest', (request, reply, next) => {
      const caller = gate(request);
      if (caller instanceof AppError) refuse(request, reply, caller);
      else {
        request.caller = caller;
        next();
      }
    });
    submitRoutes(guarded, { submitter, settings, now });
    recordingRoutes(guarded, submitter);
    changeRoutes(guarded, { submitter, settings, now });
    callbackRoutes(guarded, submitter);
    metricsRoute(guarded, metrics);
    boardRoutes(guarded, submitter);
    done();
  });
  return app;
}

/** Every refusal has the same shape, and every answer the request's id. */
function answerAlike(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, _payload, next) => {
    if (!reply.hasHeader(REQUEST_ID_HEADER)) reply.header(REQUEST_ID_HEADER, request.id);
    reply.header('x-content-type-options', 'nosniff');
    next();
  });
  app.setErrorHandler((error, request, reply) => refuse(request, reply, error));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, noRoute()));
}

const noRoute = (): AppError => new AppError('NotFound', 'no such route');

function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, next) => {
    const { method, routeOptions } = request;
    const { url: route } = routeOptions;
    if (route?.startsWith('/v1') || route === '/') {
      const ms = Math.round(reply.elapsedTime);
      request.log.info({ method, route, status: reply.statusCode, ms }, 'answered');
    }
    next();
  });
}
