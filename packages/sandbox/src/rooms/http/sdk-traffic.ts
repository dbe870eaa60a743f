import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { Signalling } from '../signalling.ts';
import type { World } from '../world.ts';

/**
 * What the SDK says to its own hosts arrives here, because redirect.js sends it to `/__host/<host>/<path>`; the host
 * stays readable, so that a request for the schedule can be told from a report.
 */
const PREFIX = '/__host/';

/** Hosts handed out by the schedule, a main and a backup. They never resolve: the redirect script knows them. */
const SIGNALLING_HOSTS = ['signal-a.sandbox.invalid', 'signal-b.sandbox.invalid'];

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': '*',
  'cache-control': 'no-store',
};

/**
 * The schedule: where to find the signalling servers. The SDK POSTs a form (userId, sdkAppId, userSig, groupId, role …)
 * to `/api/v1/config` of a main and a backup host at once, then opens a WebSocket to both domains; the first to open wins.
 */
const schedule = {
  code: 0,
  msg: 'ok',
  data: {
    domains: SIGNALLING_HOSTS,
    iceServers: [],
    iceTransportPolicy: 'all',
    trtcAutoConf: {},
    config: { scheduleCache: false },
  },
};

/** Every request but the schedule's is a report: taken and dropped. */
export function answerSdkRequests(app: FastifyInstance, world: World): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, parsed) => parsed(null));
    scope.route<{ Params: { host: string; '*': string } }>({
      method: ['GET', 'POST', 'PUT', 'OPTIONS'],
      url: `${PREFIX}:host/*`,
      handler: async (request, reply) => {
        void reply.headers(CORS);
        if (!request.params['*'].startsWith('api/v1/config')) return { code: 0 };
        world.log.note('schedule', { host: request.params.host });
        return schedule;
      },
    });
    done();
  });
}

/** Takes the SDK's WebSockets. Gives what closes them all. */
export function acceptSockets(app: FastifyInstance, signalling: Signalling): () => void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  app.server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const refusal = !url.pathname.startsWith(PREFIX)
      ? '404 Not Found'
      : signalling.admits(url.searchParams)
        ? undefined
        : '503 Service Unavailable';
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => signalling.connected(opened, url.searchParams));
  });
  return () => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  };
}
