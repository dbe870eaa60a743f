/** A packet of a segment. */
export interface Block {
  readonly data: Uint8Array;
  readonly key: boolean;
  /** Since the segment's start. */
  readonly ms: number;
  /** What lies between it and the block before cannot be read. */
  readonly afterDamage: boolean;
}

/** After the last block of a cluster the next one begins at once; had one been lost between, 5 s lay there. */
const NEXT_CLUSTER_MS = 1_000;

interface Waiting {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly afterDamage: boolean;
  /** Since its cluster's start. */
  readonly relativeMs: number;
}

/**
 * Gives blocks their times. After damage it isn't certain to which cluster they belong until the next one comes. Times
 * never fall, but for B-frames: of two that do the first is wrong if the second could follow on what came before.
 */
export class BlockTimes {
  /** Start of the last block that was written. */
  readonly #lastMs: number;
  /** By how much a time may lie before those that came earlier. */
  readonly #mayFallMs: number;
  #clusterMs = 0;
  #certain = true;
  #waiting: Waiting[] = [];
  #reachedMs = 0;
  #held: Block | undefined;
  #damaged = false;

  constructor(lastMs: number, mayFallMs = 0) {
    this.#lastMs = lastMs;
    this.#mayFallMs = mayFallMs;
  }

  damage(): void {
    this.#certain = false;
    this.#damaged = true;
  }

  /** A cluster begins; the blocks that waited for it. A time that cannot be is damage. */
  *cluster(ms: number): Generator<Block> {
    if (ms > this.#lastMs + 1) this.damage();
    else {
      yield* this.#settle(ms, NEXT_CLUSTER_MS);
      this.#clusterMs = ms;
      this.#certain = true;
    }
  }

  *block(block: Omit<Waiting, 'afterDamage'>): Generator<Block> {
    const placed = { ...block, afterDamage: this.#damaged };
    this.#damaged = false;
    if (this.#certain) yield* this.#place(placed);
    else this.#waiting.push(placed);
  }

  *end(): Generator<Block> {
    yield* this.#settle(this.#lastMs, 1);
    if (this.#held !== undefined) yield this.#held;
  }

  /** Lets those go that waited if the last of them comes at most `withinMs` before `nextMs`. */
  *#settle(nextMs: number, withinMs: number): Generator<Block> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const last = waiting.at(-1);
    if (last === undefined) return;
    const distanceMs = nextMs - this.#clusterMs - last.relativeMs;
    if (distanceMs >= -1 && distanceMs <= withinMs) for (const block of waiting) yield* this.#place(block);
    else this.#damaged = true;
  }

  *#place({ relativeMs, ...block }: Waiting): Generator<Block> {
    const ms = this.#clusterMs + relativeMs;
    if (ms < this.#reachedMs - this.#mayFallMs || ms > this.#lastMs + 1) {
      this.damage();
      return;
    }
    const held = this.#held;
    const contradicted = held !== undefined && ms < held.ms - this.#mayFallMs;
    if (held !== undefined && !contradicted) {
      this.#reachedMs = Math.max(this.#reachedMs, held.ms);
      yield held;
    }
    this.#held = { ...block, ms, afterDamage: block.afterDamage || contradicted };
  }
}
