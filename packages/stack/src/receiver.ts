import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecordingResultSchema, type RecordingResult } from '@trtc-recorder/contracts';
import { withTimeout } from '@trtc-recorder/runtime';

export interface ReceivedCallback {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly result: RecordingResult;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly ReceivedCallback[];
  /** The callback of one recording; rejects after `withinMs`. */
  callbackOf(requestId: string, withinMs: number): Promise<ReceivedCallback>;
  close(): Promise<void>;
}

/** A caller's side: an HTTP server on loopback that takes callbacks, checks them against the contract and keeps them. */
export async function startReceiver(): Promise<Receiver> {
  const received: ReceivedCallback[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const parsed = RecordingResultSchema.safeParse(JSON.parse(body));
      response.statusCode = parsed.success ? 200 : 400;
      response.end(parsed.success ? '{"code":0}' : parsed.error.message);
      if (parsed.success) received.push({ headers: request.headers, body, result: parsed.data });
      for (const look of [...waiting]) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received,
    callbackOf: (requestId, withinMs) => {
      const arrived = new Promise<ReceivedCallback>((resolve) => {
        const look = () => {
          const found = received.find(({ result }) => result.RequestId === requestId);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
      return withTimeout(arrived, withinMs, () => new Error(`no callback for ${requestId} within ${withinMs} ms`));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
