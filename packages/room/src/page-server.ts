import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { AppError } from '@trtc-recorder/runtime';
import { WebSocketServer, type WebSocket } from 'ws';

const PAGE_DIR = path.join(import.meta.dirname, '..', 'dist-page');
const MAX_BATCH_BYTES = 128 * 1024 * 1024;

/** A page's place on the server: its address, and the socket it will open. */
export interface PageSlot {
  readonly url: string;
  readonly socket: Promise<WebSocket>;
  close(): void;
}

const escapeHtml = (text: string): string => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/**
 * Serves the capture pages on loopback (127.0.0.1 is a secure context, a LAN address is not) and takes their sockets.
 * Each page has a random path that nothing else knows; its socket has to come from a page of this server.
 */
export class PageServer {
  readonly #server: http.Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_BATCH_BYTES });
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #slots = new Map<string, { resolve: (socket: WebSocket) => void }>();
  #origin = '';

  private constructor(files: ReadonlyMap<string, Buffer>) {
    this.#files = files;
    this.#server = http.createServer((request, response) => this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** `scripts`: what every page loads, in this order; `trtc.js` is the SDK. */
  static async start(scripts: readonly string[]): Promise<PageServer> {
    const server = new PageServer(await loadFiles(pageHtml(scripts)));
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    server.#origin = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`;
    return server;
  }

  open(): PageSlot {
    const token = randomBytes(24).toString('base64url');
    const socket = new Promise<WebSocket>((resolve) => this.#slots.set(token, { resolve }));
    return { url: `${this.#origin}/${token}/`, socket, close: () => this.#slots.delete(token) };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const [, token = '', name = ''] = (request.url ?? '').split('/');
    const file = this.#slots.has(token) && this.#isOurHost(request) ? this.#files.get(name) : undefined;
    if (request.method !== 'GET' || file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(file);
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, token = '', name = ''] = (request.url ?? '').split('/');
    const slot = this.#slots.get(token);
    if (!slot || name !== 'socket' || !this.#isOurHost(request) || request.headers.origin !== this.#origin) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => slot.resolve(webSocket));
  }

  /** Refuses names that were made to point at loopback. */
  #isOurHost(request: http.IncomingMessage): boolean {
    return `http://${request.headers.host ?? ''}` === this.#origin;
  }
}

async function loadFiles(html: string): Promise<Map<string, Buffer>> {
  const scripts = (await readdir(PAGE_DIR).catch(() => [])).filter((name) => name.endsWith('.js'));
  if (scripts.length === 0)
    throw new AppError('InternalError', `the capture page is not built: nothing in ${PAGE_DIR}`);
  const sdk = createRequire(import.meta.url).resolve('trtc-sdk-v5');
  const paths = [...scripts.map((name) => [name, path.join(PAGE_DIR, name)] as const), ['trtc.js', sdk] as const];
  const files = await Promise.all(paths.map(async ([name, file]) => [name, await readFile(file)] as const));
  return new Map([['', Buffer.from(html)], ...files]);
}

function pageHtml(sources: readonly string[]): string {
  const scripts = sources.map((source) => `<script src="${escapeHtml(source)}"></script>`);
  return `<!doctype html><meta charset="utf-8"><title>recorder</title>${scripts.join('')}`;
}
