import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ConnectError } from './connect-error.ts';
import { dial } from './dial.ts';
import type { NameSources } from './name-lookup.ts';
import { proxyFor } from './proxy.ts';
import type { ProxySettings } from './proxy-variables.ts';

export interface NetworkOptions {
  /** Until a connection stands: name, TCP, proxy and TLS together, ms. */
  readonly connectTimeoutMs: number;
  /** Left out: no proxy. */
  readonly proxy?: ProxySettings | undefined;
  /** Throws for addresses that may not be connected to; a proxy itself is not asked about. */
  readonly check?: ((address: string) => void) | undefined;
  readonly names?: NameSources | undefined;
}

interface Target {
  readonly url: URL;
  readonly tls: ConnectionOptions | null;
}

/** A connection to a server, through the proxy if there is one for it. Errors: ConnectError; what `check` throws. */
export async function establish({ url, tls }: Target, options: NetworkOptions, signal: AbortSignal): Promise<Socket> {
  const deadline = performance.now() + options.connectTimeoutMs;
  const leftMs = () => Math.max(1, deadline - performance.now());
  const proxy = options.proxy && proxyFor(url, options.proxy);
  const plain =
    proxy === undefined
      ? await dial({ ...hostAndPort(url), ...options, timeoutMs: options.connectTimeoutMs, signal })
      : await connectToProxy(proxy, options, signal);
  const within = { signal, ms: leftMs, ofMs: options.connectTimeoutMs };
  if (tls === null) return plain;
  if (proxy !== undefined) await openTunnel(plain, url, proxy, within);
  return secured(plain, tls, within);
}

interface Limit {
  readonly signal: AbortSignal;
  /** What is left of the time, ms. */
  readonly ms: () => number;
  /** The whole of it, ms. */
  readonly ofMs: number;
}

async function connectToProxy(proxy: URL, options: NetworkOptions, signal: AbortSignal): Promise<Socket> {
  const { connectTimeoutMs: timeoutMs, names } = options;
  if (!/^https?:$/.test(proxy.protocol))
    throw new ConnectError(
      `a proxy by ${proxy.protocol.slice(0, -1)} is not supported, only http and https`,
      'EPROXY',
      [],
    );
  const socket = await dial({ ...hostAndPort(proxy), timeoutMs, signal, names });
  if (proxy.protocol === 'http:') return socket;
  return secured(socket, { servername: proxy.hostname }, { signal, ms: () => timeoutMs, ofMs: timeoutMs });
}

const hostAndPort = ({ hostname, port, protocol }: URL) => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || (protocol === 'https:' ? 443 : 80)),
});

/** A TLS connection whose handshake is over, so that no request is sent into one that hangs. */
function secured(socket: Socket, tls: ConnectionOptions, limit: Limit): Promise<Socket> {
  return settle(socket, `no part taken in TLS`, limit, (resolve, reject) => {
    const secure = connectTls({ ALPNProtocols: ['http/1.1'], ...tls, socket });
    secure.once('secureConnect', () => resolve(secure));
    // Stays: an error of the connection after that is its user's, who may not listen yet.
    secure.on('error', reject);
    secure.once('close', () => reject(closed('TLS')));
  });
}

/** Asks the proxy for a tunnel to the host of `url`. */
async function openTunnel(socket: Socket, url: URL, proxy: URL, limit: Limit): Promise<void> {
  const { host, port } = hostAndPort(url);
  const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  await settle<Socket>(socket, 'no answer of the proxy', limit, (resolve, reject) => {
    const headers = { host: path, ...proxyAuthorization(proxy) };
    const asking = request({ method: 'CONNECT', path, headers, createConnection: () => socket });
    asking.once('connect', ({ statusCode = 0 }, tunnel, head: Buffer) => {
      if (head.length > 0) tunnel.unshift(head);
      if (statusCode >= 200 && statusCode < 300) resolve(socket);
      else reject(new ConnectError(`the proxy ${proxy.host} answered ${statusCode} for ${path}`, 'EPROXY', []));
    });
    asking.once('error', reject);
    asking.once('close', () => reject(closed('the proxy')));
    asking.end();
  });
}

export const proxyAuthorization = ({ username, password }: URL): Record<string, string> => {
  if (username === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
};

const closed = (by: string) => new ConnectError(`the connection was closed during ${by}`, 'ECONNRESET', []);

/** One step on a connection, within what is left of the time; the connection is dropped when it fails. */
function settle<T>(
  socket: Socket,
  late: string,
  { signal, ms, ofMs }: Limit,
  step: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  const at = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
  return new Promise<T>((resolve, reject) => {
    const finish = (end: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      end();
    };
    const fail = (error: Error) =>
      finish(() => {
        reject(error);
        socket.destroy();
      });
    const stop = () => fail(signal.reason as Error);
    const timer = setTimeout(() => {
      const address = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, code: 'ETIMEDOUT' };
      fail(new ConnectError(`no connection within ${ofMs} ms: ${at} connected, ${late}`, 'ETIMEDOUT', [address]));
    }, ms());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    let over = false;
    step(
      (value) => {
        if (!over) finish(() => resolve(value));
        over = true;
      },
      (error) => {
        if (!over) fail(error);
        over = true;
      },
    );
  });
}
