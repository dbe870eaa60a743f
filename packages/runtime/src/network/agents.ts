import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { establish, proxyAuthorization, type NetworkOptions } from './establish.ts';
import { proxyFor } from './proxy.ts';

export interface AgentOptions extends NetworkOptions {
  readonly keepAlive?: boolean;
  /** Is given each request before it is sent. */
  readonly onRequest?: ((request: ClientRequest) => void) | undefined;
}

interface Where {
  readonly host?: string | null;
  readonly port?: string | number | null;
}
type Done = ((error: Error | null, socket: Duplex) => void) | undefined;

/** What Node's agents do by these names; its types leave them out. */
interface AgentInternals {
  addRequest(request: ClientRequest, where: Where): void;
}
const internals = (agent: object) => agent as AgentInternals;

const urlOf = (protocol: string, { host, port }: Where): URL =>
  new URL(`${protocol}//${host?.includes(':') === true ? `[${host}]` : (host ?? 'localhost')}:${port ?? ''}`);

/** Connections for http: that are made as curl makes them, see `establish`. `destroy` ends those being made too. */
class PlainAgent extends HttpAgent {
  readonly #options: AgentOptions;
  readonly #ending = new AbortController();

  constructor(options: AgentOptions) {
    super({ keepAlive: options.keepAlive ?? false });
    this.#options = options;
  }

  override createConnection(where: Where, done?: Done): undefined {
    handOver(establish({ url: urlOf('http:', where), tls: null }, this.#options, this.#ending.signal), done);
  }

  addRequest(request: ClientRequest, where: Where): void {
    const proxy = this.#options.proxy && proxyFor(urlOf('http:', where), this.#options.proxy);
    if (proxy !== undefined) {
      request.path = `http://${String(request.getHeader('host'))}${request.path}`;
      for (const [name, value] of Object.entries(proxyAuthorization(proxy))) request.setHeader(name, value);
    }
    this.#options.onRequest?.(request);
    internals(HttpAgent.prototype).addRequest.call(this, request, where);
  }

  override destroy(): void {
    this.#ending.abort(ended());
    super.destroy();
  }
}

/** The same for https:. */
class SecureAgent extends HttpsAgent {
  readonly #options: AgentOptions;
  readonly #ending = new AbortController();

  constructor(options: AgentOptions) {
    super({ keepAlive: options.keepAlive ?? false });
    this.#options = options;
  }

  override createConnection(where: Where & ConnectionOptions, done?: Done): undefined {
    const tls = { ...where, path: undefined, host: where.host ?? undefined, port: undefined } as ConnectionOptions;
    handOver(establish({ url: urlOf('https:', where), tls }, this.#options, this.#ending.signal), done);
  }

  addRequest(request: ClientRequest, where: Where): void {
    this.#options.onRequest?.(request);
    internals(HttpsAgent.prototype).addRequest.call(this, request, where);
  }

  override destroy(): void {
    this.#ending.abort(ended());
    super.destroy();
  }
}

export const createAgent = (protocol: string, options: AgentOptions): HttpAgent =>
  protocol === 'https:' ? new SecureAgent(options) : new PlainAgent(options);

const ended = () => Object.assign(new Error('the connection was given up'), { code: 'ECANCELED' });

function handOver(establishing: Promise<Socket>, done: Done): undefined {
  establishing.then(
    (socket) => done?.(null, socket),
    // Node's own agents give no socket with an error.
    (error: unknown) => (done as ((error: unknown) => void) | undefined)?.(error),
  );
}
