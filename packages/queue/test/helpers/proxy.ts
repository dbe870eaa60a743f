import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP way to Redis that can be cut, as a network is: the process behind it lives and knows nothing. */
export interface Proxy {
  readonly url: string;
  /** Nothing passes any more; connections stay open, as with a cut cable. */
  cut(): void;
  /** Every connection is closed and nothing passes any more: to Redis it looks as if the process had died. */
  sever(): void;
  /** What is connected hears nothing any more; new connections get through, as after a firewall forgot the old. */
  forget(): void;
  /** Ends the dead connections and lets new ones through. */
  mend(): void;
  close(): Promise<void>;
}

export async function startProxy(redisUrl: string): Promise<Proxy> {
  const target = Number(new URL(redisUrl).port);
  const sockets = new Set<Socket>();
  let isCut = false;
  const forgotten = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (!isCut && !forgotten.has(from)) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
    },
    sever: () => {
      isCut = true;
      end();
    },
    forget: () => {
      for (const socket of sockets) forgotten.add(socket);
    },
    mend: () => {
      end();
      isCut = false;
    },
    close: async () => {
      end();
      server.close();
      await once(server, 'close');
    },
  };
}
