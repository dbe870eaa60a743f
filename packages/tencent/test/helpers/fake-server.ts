import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FakeServer {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly seen: SeenRequest[];
  /** What to answer; `undefined`: nothing at all. */
  answer: (request: SeenRequest) => Answer | undefined;
  close(): Promise<void>;
}

/** An HTTP server on loopback whose answers a test decides. */
export async function startFakeServer(answer: FakeServer['answer']): Promise<FakeServer> {
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', url = '', headers } = message;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
      fake.seen.push(request);
      const reply = fake.answer(request);
      if (reply === undefined) return;
      const usual = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(reply.body) };
      response.writeHead(reply.status ?? 200, { ...usual, ...reply.headers }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeServer = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}
