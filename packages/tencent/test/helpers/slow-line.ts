import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SlowLine {
  readonly port: number;
  /** Bytes that came out at the far end so far, and the most connections there were at once. */
  readonly carried: () => number;
  readonly most: () => number;
  close(): Promise<void>;
}

export interface SlowLineOptions {
  /** Of the server behind it, on loopback. */
  readonly to: number;
  /** Over all connections together. */
  readonly bytesPerSecond: number;
  /** Breaks each connection off that has carried so much; left out: none. */
  readonly breakAfterBytes?: number;
}

const STEP_MS = 20;

/** A line with a rate: reads no faster than it sends, so that what is under way waits in the sender's kernel. */
export async function startSlowLine({
  to,
  bytesPerSecond,
  breakAfterBytes = Infinity,
}: SlowLineOptions): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  let free = performance.now();
  let carried = 0;
  let most = 0;
  const carry = async (from: Socket, into: Socket, counted: boolean) => {
    let own = 0;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const step = Math.max(1, Math.floor((bytesPerSecond * STEP_MS) / 1000));
        const piece = chunk.subarray(at, at + step);
        at += piece.length;
        free = Math.max(free, performance.now()) + (piece.length / bytesPerSecond) * 1000;
        await sleep(Math.max(0, free - performance.now()));
        own += piece.length;
        if (counted) carried += piece.length;
        if (counted && own > breakAfterBytes) from.resetAndDestroy();
        if (into.writable) into.write(piece);
      }
    }
    into.end();
  };
  const server = createServer({ highWaterMark: 4_096 }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1' });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    most = Math.max(most, sockets.size / 2);
    void carry(near, far, true).catch(() => undefined);
    void carry(far, near, false).catch(() => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    carried: () => carried,
    most: () => most,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
