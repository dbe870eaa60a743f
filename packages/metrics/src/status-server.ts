import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage, listenFault } from '@trtc-recorder/runtime';
import type { Metrics } from './metrics.ts';

export interface StatusServerOptions {
  readonly host: string;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  /** Why the process cannot do its work now; null: it can. */
  readonly ready: () => string | null;
}

export interface StatusServer {
  /** null: there is none. */
  readonly url: string | null;
  close(): Promise<void>;
}

/**
 * For a process that has no HTTP of its own: `/healthz` it lives, `/readyz` it can work, `/metrics`. Nothing in it is a
 * secret, and it takes no input. With port 0 there is none. Error: InvalidConfiguration when the port cannot be had.
 */
export async function startStatusServer(port: number, options: StatusServerOptions): Promise<StatusServer> {
  if (port === 0) return { url: null, close: () => Promise.resolve() };
  const { host } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    answer(path, request.method ?? '', options)
      .then(([status, body, type]) => send(response, status, body, type))
      .catch((error: unknown) => send(response, 500, json({ Status: 'failed', Reason: errorMessage(error) })));
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenFault(cause, { host, port, hostName: 'METRICS_HOST', portName: 'METRICS_PORT' });
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Answer = readonly [status: number, body: string, type?: string];

const json = (body: unknown): string => `${JSON.stringify(body)}\n`;

async function answer(path: string, method: string, { metrics, ready }: StatusServerOptions): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return [405, json({ Status: 'only GET' })];
  if (path === '/healthz') return [200, json({ Status: 'ok' })];
  if (path === '/metrics') return [200, await metrics.text(), metrics.contentType];
  if (path !== '/readyz') return [404, json({ Status: 'not found' })];
  const why = ready();
  return why === null ? [200, json({ Status: 'ok' })] : [503, json({ Status: 'not ready', Reason: why })];
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', connection: 'close' });
  response.end(body);
}
