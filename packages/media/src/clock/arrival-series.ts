/** One frame's arrival: its unwrapped RTP timestamp in ticks, and when it came (ms since the Unix epoch). */
export interface Arrival {
  readonly rtp: number;
  readonly receivedAt: number;
  /** Its RTP timestamp does not follow from its sequence number: the sender sent nothing, or its timestamps jumped. */
  readonly jump?: boolean;
}

/** The arrivals of one track, collected in any order. Two numbers a frame: a day of audio is 70 MB. */
export class ArrivalCollector {
  readonly #rtp: number[] = [];
  readonly #receivedAt: number[] = [];
  readonly #jumps = new Set<number>();
  #sorted = true;

  get size(): number {
    return this.#rtp.length;
  }

  add({ rtp, receivedAt, jump }: Arrival): void {
    const last = this.#rtp.at(-1);
    if (last !== undefined && rtp < last) this.#sorted = false;
    if (jump === true) this.#jumps.add(rtp);
    this.#rtp.push(rtp);
    this.#receivedAt.push(receivedAt);
  }

  /** In RTP order; at least one arrival has to be there. */
  series(clockRate: number): ArrivalSeries {
    const order = this.#rtp.map((_, index) => index);
    if (!this.#sorted) order.sort((a, b) => this.#at(this.#rtp, a) - this.#at(this.#rtp, b));
    const firstRtp = this.#at(this.#rtp, order[0] ?? 0);
    const originMs = this.#at(this.#receivedAt, order[0] ?? 0);
    const mediaMs = new Float64Array(order.length);
    const arrivedMs = new Float64Array(order.length);
    const jumps = new Set<number>();
    for (const [place, index] of order.entries()) {
      const rtp = this.#at(this.#rtp, index);
      mediaMs[place] = ((rtp - firstRtp) * 1000) / clockRate;
      arrivedMs[place] = this.#at(this.#receivedAt, index) - originMs;
      if (this.#jumps.has(rtp)) jumps.add(place);
    }
    return { clockRate, firstRtp, originMs, mediaMs, arrivedMs, jumps };
  }

  #at(values: readonly number[], index: number): number {
    return values[index] ?? Number.NaN;
  }
}

/** The arrivals of one track in RTP order. All times are relative, so that sums keep their precision. */
export interface ArrivalSeries {
  /** RTP ticks per second. */
  readonly clockRate: number;
  /** RTP timestamp at media time 0. */
  readonly firstRtp: number;
  /** Wall clock at arrival time 0, ms since the Unix epoch. */
  readonly originMs: number;
  /** Media time at the nominal clock rate, ms. */
  readonly mediaMs: Float64Array;
  /** Arrival, ms. */
  readonly arrivedMs: Float64Array;
  /** Indices of frames before which the sender's timestamps may have jumped. */
  readonly jumps: ReadonlySet<number>;
}
