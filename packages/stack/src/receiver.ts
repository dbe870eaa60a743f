import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecordingResultSchema, type RecordingResult } from '@trtc-recorder/contracts';
import { withTimeout } from '@trtc-recorder/runtime';

export interface ReceivedCallback {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly result: RecordingResult;
}

/** What a receiver does with a POST: takes it (after a while), answers with an error, hangs up, or says nothing. */
export type Behaviour =
  { readonly take: true; readonly afterMs?: number } | { readonly status: number } | 'hang-up' | 'silent';

export interface Receiver {
  readonly url: string;
  /** What it took, in the order of arrival. */
  readonly received: readonly ReceivedCallback[];
  /** POSTs that arrived, taken or not. */
  readonly posts: number;
  /** How it behaves from now on, asked for every POST; at first it takes all. */
  behave(how: () => Behaviour): void;
  /** The callback of one recording; rejects after `withinMs`. */
  callbackOf(requestId: string, withinMs: number): Promise<ReceivedCallback>;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** On loopback; any free one by default. */
  readonly port?: number;
  /** Each callback that it took. */
  readonly onCallback?: (result: RecordingResult) => void;
}

const TAKES: Behaviour = { take: true };

/** A caller's side: an HTTP server on loopback that takes callbacks, checks them against the contract and keeps them. */
export async function startReceiver({ port = 0, onCallback }: ReceiverOptions = {}): Promise<Receiver> {
  const received: ReceivedCallback[] = [];
  const waiting = new Set<() => void>();
  let behaviour = (): Behaviour => TAKES;
  let posts = 0;
  const arrived = (headers: IncomingHttpHeaders, body: string, response: ServerResponse): void => {
    posts += 1;
    const how = behaviour();
    if (how === 'silent') return;
    if (how === 'hang-up') {
      response.destroy();
      return;
    }
    if ('status' in how) {
      answer(response, how.status, 'not now');
      return;
    }
    const parsed = RecordingResultSchema.safeParse(jsonOf(body));
    // Taken when it has arrived: that the answer comes later, or never reaches the notifier, changes nothing.
    if (parsed.success) {
      received.push({ headers, body, result: parsed.data });
      onCallback?.(parsed.data);
    }
    for (const look of [...waiting]) look();
    const reply = () => answer(response, parsed.success ? 200 : 400, parsed.error?.message ?? '{"code":0}');
    if (how.afterMs === undefined) reply();
    else setTimeout(reply, how.afterMs);
  };
  const server = await listen(port, arrived);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received,
    get posts() {
      return posts;
    },
    behave: (how) => {
      behaviour = how;
    },
    callbackOf: (requestId, withinMs) => {
      const found = new Promise<ReceivedCallback>((resolve) => {
        const look = () => {
          const callback = received.find(({ result }) => result.RequestId === requestId);
          if (callback === undefined) return;
          waiting.delete(look);
          resolve(callback);
        };
        waiting.add(look);
        look();
      });
      return withTimeout(found, withinMs, () => new Error(`no callback for ${requestId} within ${withinMs} ms`));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function listen(
  port: number,
  arrived: (headers: IncomingHttpHeaders, body: string, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => arrived(request.headers, Buffer.concat(chunks).toString('utf8'), response));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.statusCode = status;
  response.end(text);
}
