export interface ReceiverLimits {
  /** POSTs at once to one receiver. */
  readonly parallel: number;
  /** So many failures in a row, and the receiver is left alone for a while. */
  readonly failures: number;
  /** For how long, ms. */
  readonly restMs: number;
}

interface Receiver {
  inFlight: number;
  failures: number;
  /** Left alone until then, ms since the epoch; afterwards one POST at a time tries whether it is back. */
  restsUntil: number;
}

/** How a POST that was let through went; `not asked`: it came to none, which says nothing of the receiver. */
export type Outcome = 'answered' | 'failed' | 'not asked';

/** What a POST that was let through reports when it is over. */
export type Report = (outcome: Outcome) => void;

/** How long the ones too many wait for a place, ms. */
const PLACE_AFTER_MS = 1_000;

/**
 * Keeps a dead or slow receiver (scheme, host, port) from occupying the notifier: it gets a share of the places, and
 * none for a while once it failed several times in a row.
 */
export class Receivers {
  readonly #limits: ReceiverLimits;
  readonly #now: () => number;
  readonly #receivers = new Map<string, Receiver>();

  constructor(limits: ReceiverLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** A place to POST, or for how many ms to postpone. */
  admit(origin: string): Report | number {
    const receiver = this.#receivers.get(origin) ?? { inFlight: 0, failures: 0, restsUntil: 0 };
    const wait = receiver.restsUntil - this.#now();
    if (wait > 0) return wait;
    const places = receiver.failures >= this.#limits.failures ? 1 : this.#limits.parallel;
    if (receiver.inFlight >= places) return PLACE_AFTER_MS;
    receiver.inFlight += 1;
    this.#receivers.set(origin, receiver);
    return (outcome) => this.#over(origin, receiver, outcome);
  }

  #over(origin: string, receiver: Receiver, outcome: Outcome): void {
    receiver.inFlight -= 1;
    if (outcome === 'answered') receiver.failures = 0;
    if (outcome === 'failed') receiver.failures += 1;
    if (outcome !== 'not asked' && receiver.failures >= this.#limits.failures)
      receiver.restsUntil = this.#now() + this.#limits.restMs;
    // Only those with something to remember are kept, so the map stays as small as the trouble is.
    if (receiver.inFlight === 0 && receiver.failures === 0) this.#receivers.delete(origin);
  }
}
