import { connect, isIPv6, type Socket } from 'node:net';
import { addressText, ConnectError, type FailedAddress } from './connect-error.ts';
import { lookUp, type NameSources } from './name-lookup.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** For the name and the connection together, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Throws for addresses that may not be connected to. */
  readonly check?: ((address: string) => void) | undefined;
  readonly names?: NameSources | undefined;
}

/** Until the next address is tried beside those that have not answered, ms (RFC 8305, section 5). */
const NEXT_ADDRESS_MS = 250;

/**
 * Connects to whichever address of a host answers first, as browsers and curl do (RFC 8305). Node's own way gives an
 * address up when the next is tried, after 250 ms: over a round trip longer than that it connects to none.
 * Errors: ConnectError; what `check` throws; the signal's reason.
 */
export async function dial(options: DialOptions): Promise<Socket> {
  const { host, port, timeoutMs, check } = options;
  const limit = new AbortController();
  const stop = () => limit.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  const attempts = new Attempts(port, timeoutMs);
  const timer = setTimeout(() => {
    limit.abort(
      attempts.overdue() ??
        new ConnectError(`no name server answered for ${host} within ${timeoutMs} ms (ETIMEOUT)`, 'ETIMEOUT', []),
    );
  }, timeoutMs);
  limit.signal.addEventListener('abort', () => attempts.fail(limit.signal.reason as Error), { once: true });
  try {
    limit.signal.throwIfAborted();
    const { addresses, later } = await lookUp(host, limit.signal, options.names);
    addresses.forEach((address) => check?.(address));
    attempts.add(addresses);
    later
      .then((late) => {
        late.forEach((address) => check?.(address));
        attempts.add(late);
        attempts.complete();
      })
      .catch((error: unknown) => attempts.fail(error as Error));
    return await attempts.connected;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    // Queries that were not waited for.
    limit.abort();
  }
}

/** Connections under way to the addresses of one host; the first that stands wins, and the others are dropped. */
class Attempts {
  readonly connected: Promise<Socket>;
  readonly #port: number;
  readonly #timeoutMs: number;
  readonly #waiting: string[] = [];
  readonly #underWay = new Map<Socket, string>();
  readonly #failed: FailedAddress[] = [];
  #complete = false;
  #next: NodeJS.Timeout | undefined;
  #resolve!: (socket: Socket) => void;
  #reject!: (error: Error) => void;

  constructor(port: number, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.connected = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.connected.catch(() => undefined);
  }

  /** Families take turns, so that a family that does not get through costs one step only. */
  add(addresses: readonly string[]): void {
    const six = addresses.filter((address) => isIPv6(address));
    const four = addresses.filter((address) => !isIPv6(address));
    const longer = Math.max(six.length, four.length);
    for (let index = 0; index < longer; index += 1)
      this.#waiting.push(...[six[index], four[index]].filter((address) => address !== undefined));
    if (this.#underWay.size === 0) this.#tryNext();
  }

  /** No further addresses come. */
  complete(): void {
    this.#complete = true;
    this.#failIfOver();
  }

  fail(error: Error): void {
    this.#drop();
    this.#reject(error);
  }

  /** What to say when the time is over; undefined when no address is known yet. */
  overdue(): ConnectError | undefined {
    for (const address of this.#underWay.values()) this.#failed.push(this.#failure(address, 'ETIMEDOUT'));
    return this.#failed.length === 0 ? undefined : this.#error(` within ${this.#timeoutMs} ms`);
  }

  #tryNext(): void {
    clearTimeout(this.#next);
    const address = this.#waiting.shift();
    if (address === undefined) {
      this.#failIfOver();
      return;
    }
    const socket = connect({ host: address, port: this.#port });
    this.#underWay.set(socket, address);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // Its user listens a moment later.
      socket.on('error', () => undefined);
      this.#underWay.delete(socket);
      this.#drop();
      this.#resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#underWay.delete(socket);
      this.#failed.push(this.#failure(address, error.code ?? 'EUNKNOWN'));
      this.#tryNext();
    });
    this.#next = setTimeout(() => this.#tryNext(), NEXT_ADDRESS_MS);
  }

  #failIfOver(): void {
    if (this.#complete && this.#underWay.size === 0 && this.#waiting.length === 0) this.fail(this.#error(''));
  }

  #failure(address: string, code: string): FailedAddress {
    return { address, port: this.#port, code };
  }

  #error(within: string): ConnectError {
    const tried = this.#failed.map(addressText).join(', ');
    return new ConnectError(`no connection${within}: ${tried}`, this.#failed.at(-1)?.code ?? 'ETIMEDOUT', this.#failed);
  }

  #drop(): void {
    clearTimeout(this.#next);
    this.#waiting.length = 0;
    for (const socket of this.#underWay.keys()) {
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.destroy();
    }
    this.#underWay.clear();
  }
}
