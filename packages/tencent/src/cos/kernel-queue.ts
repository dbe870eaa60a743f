import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Bytes of a connection that the kernel holds and the other side has not acknowledged; undefined where Linux' tables
 * can't be read. Node counts a byte as written when the kernel has it, and over a slow line megabytes may lie there for
 * minutes.
 */
export async function unacknowledgedBytes({ localPort, remotePort }: Socket): Promise<number | undefined> {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const ports = [localPort, remotePort].map((port) => port.toString(16).toUpperCase().padStart(4, '0'));
  for (const table of TABLES) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      // sl, local address:port, remote address:port, state, tx_queue:rx_queue
      const [, local, remote, , queues] = line.trim().split(/\s+/);
      if (local?.endsWith(`:${ports[0]}`) === true && remote?.endsWith(`:${ports[1]}`) === true)
        return Number.parseInt(queues ?? '', 16);
    }
  }
  return undefined;
}
