import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { unacknowledgedBytes } from './kernel-queue.ts';

interface Watched {
  readonly limitMs: number;
  readonly what: string;
  socket: Socket | undefined;
  /** Bytes that came or went so far. */
  moved: number;
  /** As the kernel had it last; undefined when it was not asked since the last progress. */
  unacknowledged: number | undefined;
  /** Of the last progress, monotonic ms. */
  at: number;
}

/** How often is looked, as a part of the shortest limit, and at least, ms. */
const LOOKS = 8;
const LOOK_EVERY_MS = 5_000;
/** The kernel is asked after this part of the limit without a byte that Node could see. */
const ASK_KERNEL_AFTER = 0.25;

/**
 * Watches requests for silence: for how long no byte of one came or went. How long a request takes is not limited, so a
 * line of any speed gets its file through; a connection that is dead ends all the same.
 */
export class ProgressWatch {
  readonly #onSilence: (what: string, ms: number) => void;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: (what: string, ms: number) => void) {
    this.#onSilence = onSilence;
  }

  /** Watches a request until it is over. */
  request(request: ClientRequest, limitMs: number): void {
    const watched = this.#add(request.method, limitMs);
    const progress = () => (watched.at = performance.now());
    request.on('socket', (socket) => {
      watched.socket = socket;
      watched.moved = movedBytes(socket);
      progress();
    });
    request.on('response', progress);
    request.on('close', () => this.#remove(watched));
  }

  /** Watches work that makes requests, while it makes none. Gives the function that ends that. */
  work(what: string, limitMs: number): () => void {
    const watched = this.#add(what, limitMs);
    return () => this.#remove(watched);
  }

  #add(what: string, limitMs: number): Watched {
    const at = performance.now();
    const watched: Watched = { limitMs, what, socket: undefined, moved: 0, unacknowledged: undefined, at };
    this.#watched.add(watched);
    this.#schedule();
    return watched;
  }

  #remove(watched: Watched): void {
    this.#watched.delete(watched);
    // What waits for it has its whole time from now on.
    for (const other of this.#watched) if (other.socket === undefined) other.at = performance.now();
    if (this.#watched.size === 0) clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const shortest = Math.min(...[...this.#watched].map(({ limitMs }) => limitMs));
    this.#timer = setTimeout(() => void this.#look(), Math.min(shortest / LOOKS, LOOK_EVERY_MS));
  }

  async #look(): Promise<void> {
    const requests = [...this.#watched].filter(({ socket }) => socket !== undefined);
    for (const watched of requests) await this.#judge(watched);
    if (requests.length === 0) for (const watched of this.#watched) this.#endIfSilent(watched);
    if (this.#watched.size > 0) this.#schedule();
  }

  async #judge(watched: Watched): Promise<void> {
    const { socket, moved, unacknowledged, limitMs } = watched;
    if (socket === undefined) return;
    const movedNow = movedBytes(socket);
    if (movedNow !== moved) {
      Object.assign(watched, { moved: movedNow, unacknowledged: undefined, at: performance.now() });
      return;
    }
    if (performance.now() - watched.at < limitMs * ASK_KERNEL_AFTER) return;
    watched.unacknowledged = await unacknowledgedBytes(socket);
    if (unacknowledged !== undefined && (watched.unacknowledged ?? unacknowledged) < unacknowledged)
      watched.at = performance.now();
    this.#endIfSilent(watched);
  }

  #endIfSilent(watched: Watched): void {
    const { what, limitMs, at } = watched;
    if (this.#watched.has(watched) && performance.now() - at >= limitMs) this.#onSilence(what, limitMs);
  }
}

/** Bytes that the kernel took or gave. Node counts those that still wait for it as written. */
function movedBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return socket.bytesRead + socket.bytesWritten - (handle?.writeQueueSize ?? 0);
}
