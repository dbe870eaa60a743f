import type { Impairment } from './impairment.ts';
import { seeded } from './seeded.ts';
import { DIRECTIONS, type Direction, type NetworkPath } from './network-path.ts';

/**
 * How good the network of one user of one room is. It outlives media connections and joins: a cut lasts until it is
 * mended, however often the SDK builds a new connection, and it may be set before the user is there.
 */
export class NetworkConditions {
  #impairments: Partial<Record<Direction, Impairment>>;
  #cut = false;
  #random: (() => number) | undefined;
  #path: NetworkPath | undefined;
  #mend: NodeJS.Timeout | undefined;

  constructor(impairments: Partial<Record<Direction, Impairment>>) {
    this.#impairments = impairments;
  }

  /** The connection that these conditions hold for from now on. */
  govern(path: NetworkPath): void {
    this.#path = path;
    this.#apply();
  }

  impair(direction: Direction, rule: Impairment | undefined): void {
    const others = Object.entries(this.#impairments).filter(([other]) => other !== direction);
    this.#impairments = { ...Object.fromEntries(others), ...(rule && { [direction]: rule }) };
    this.#random = undefined;
    this.#path?.impair(direction, rule);
  }

  /** Nothing passes, in either direction; for `forMs`, or until it is mended. */
  cut(on: boolean, forMs?: number): void {
    clearTimeout(this.#mend);
    this.#cut = on;
    if (this.#path !== undefined) this.#path.cut = on;
    if (on && forMs !== undefined) this.#mend = setTimeout(() => this.cut(false), forMs);
  }

  /** Whether a packet that is sent now without a connection, by a synthetic anchor, is lost on its way. */
  losesUplink(): boolean {
    const { loss = 0, seed = 1 } = this.#impairments.up ?? {};
    if (this.#cut || loss === 0) return this.#cut;
    this.#random ??= seeded(seed);
    return this.#random() < loss;
  }

  #apply(): void {
    if (this.#path === undefined) return;
    this.#path.cut = this.#cut;
    for (const direction of DIRECTIONS) this.#path.impair(direction, this.#impairments[direction]);
  }

  view(): Record<string, unknown> {
    return { cut: this.#cut, ...this.#impairments };
  }

  close(): void {
    clearTimeout(this.#mend);
  }
}
