import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fates, isMedia, type Fate, type Impairment } from './impairment.ts';

/** `down` is towards the browser, `up` from it. */
export const DIRECTIONS = ['up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

const SOCKET_BUFFER_BYTES = 4 << 20;
const LAST_WORDS_MS = 200;

/** A browser that was not told to hide its addresses sends from the machine's own one, not from 127.0.0.1. */
type Destination = Pick<RemoteInfo, 'address' | 'port'>;

/**
 * A UDP relay on loopback in front of one media connection. It stands for the network: it can be cut, and it can lose,
 * delay, reorder and duplicate packets from a seed.
 */
export class NetworkPath {
  readonly stats = { up: 0, down: 0, lost: 0, delayed: 0, duplicated: 0 };
  readonly #socket: Socket;
  readonly #serverPort: number;
  #client: RemoteInfo | undefined;
  #fates: Partial<Record<Direction, (packet: Buffer) => Fate>> = {};
  #open = true;
  /** Nothing passes while it is cut. */
  cut = false;
  /** Is told of each packet towards the browser that an impairment lost. It is encrypted but for its header. */
  onLost: (packet: Buffer) => void = () => undefined;

  private constructor(socket: Socket, serverPort: number) {
    this.#socket = socket;
    this.#serverPort = serverPort;
    socket.on('message', (packet, from) => this.#pass(packet, from));
  }

  /** Opens a relay to the server's port on 127.0.0.1. */
  static async open(serverPort: number): Promise<NetworkPath> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: SOCKET_BUFFER_BYTES,
      sendBufferSize: SOCKET_BUFFER_BYTES,
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('error', () => undefined);
    return new NetworkPath(socket, serverPort);
  }

  /** Where the browser sends to. */
  get port(): number {
    return this.#socket.address().port;
  }

  /** `undefined` makes the direction good again. */
  impair(direction: Direction, rule: Impairment | undefined): void {
    if (rule === undefined)
      this.#fates = Object.fromEntries(Object.entries(this.#fates).filter(([d]) => d !== direction));
    else this.#fates[direction] = fates(rule);
  }

  #pass(packet: Buffer, from: RemoteInfo): void {
    const direction: Direction = from.port === this.#serverPort ? 'down' : 'up';
    if (direction === 'up') this.#client = from;
    const to = direction === 'down' ? this.#client : { address: '127.0.0.1', port: this.#serverPort };
    if (this.cut && direction === 'down' && isMedia(packet)) this.onLost(packet);
    if (this.cut || to === undefined) return;
    this.stats[direction] += 1;
    const fate = this.#fates[direction]?.(packet);
    if (fate === undefined) {
      this.#send(packet, to);
      return;
    }
    if (fate.length === 0) {
      this.stats.lost += 1;
      if (direction === 'down') this.onLost(packet);
    }
    if (fate.length > 1) this.stats.duplicated += 1;
    for (const wait of fate) this.#deliver(packet, to, wait);
  }

  #deliver(packet: Buffer, to: Destination, waitMs: number): void {
    if (waitMs < 1) {
      this.#send(packet, to);
      return;
    }
    this.stats.delayed += 1;
    setTimeout(() => this.#send(packet, to), waitMs);
  }

  #send(packet: Buffer, to: Destination): void {
    if (this.#open) this.#socket.send(packet, to.port, to.address);
  }

  /** Lets what the server says last (a DTLS alert) still pass. */
  close(): void {
    if (!this.#open) return;
    setTimeout(() => {
      if (!this.#open) return;
      this.#open = false;
      this.#socket.close();
    }, LAST_WORDS_MS);
  }
}
