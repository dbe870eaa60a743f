export interface ReceiverLimits {
  /** POSTs at once to one URL; twice as many to one host, so that a slow URL leaves places for others of its host. */
  readonly parallel: number;
  /** So many failures in a row, and what failed is left alone for a while. */
  readonly failures: number;
  /** For how long, ms. */
  readonly restMs: number;
}

/** A host, a path of it, or a whole URL: each is counted, and rests, for itself. */
interface Scope {
  inFlight: number;
  failures: number;
  /** Left alone until then, ms since the epoch; afterwards one POST at a time tries whether it is back. */
  restsUntil: number;
}

/**
 * How a POST that was let through went. `answered`: the receiver works. `failed`: it answered 5xx, or took the connection
 * and gave no answer, which says nothing of other URLs of the host. `unreachable`: no connection to the host.
 * `not asked`: it came to no POST, which says nothing of the receiver.
 */
export type Outcome = 'answered' | 'failed' | 'unreachable' | 'not asked';

/** What a POST that was let through reports when it is over; `restMs`: the receiver asked to be left alone so long. */
export type Report = (outcome: Outcome, restMs?: number) => void;

/** How long the ones too many wait for a place, ms. */
const PLACE_AFTER_MS = 1_000;
/** Scopes kept in memory; beyond, the oldest without a POST under way are forgotten. */
const MAX_SCOPES = 20_000;

/**
 * Keeps a receiver that is dead, slow or broken from occupying the notifier and from holding up its neighbours. What
 * failed rests: an answered error its URL, a Retry-After its path, a connection that can't be made its host.
 */
export class Receivers {
  readonly #limits: ReceiverLimits;
  readonly #now: () => number;
  readonly #scopes = new Map<string, Scope>();

  constructor(limits: ReceiverLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** A place to POST, or for how many ms to postpone. */
  admit(url: string): Report | number {
    const { parallel } = this.#limits;
    const keys = keysOf(url);
    const host = this.#scope(keys.host);
    const path = this.#scope(keys.path);
    const whole = this.#scope(keys.url);
    const wait = this.#restMs(url);
    if (wait > 0) return wait;
    const places: [Scope, number][] = [
      [host, 2 * parallel],
      [path, Infinity],
      [whole, parallel],
    ];
    if (places.some(([scope, limit]) => scope.inFlight >= (scope.failures > 0 ? 1 : limit))) return PLACE_AFTER_MS;
    const scopes = { host, path, url: whole };
    for (const name of NAMES) {
      scopes[name].inFlight += 1;
      this.#scopes.set(keys[name], scopes[name]);
    }
    return (outcome, restMs) => {
      this.#judge(scopes, outcome, restMs);
      for (const name of NAMES) this.#leave(keys[name], scopes[name]);
    };
  }

  /** Whether it is left alone because it failed or asked for it, not for want of a place. */
  isResting(url: string): boolean {
    return this.#restMs(url) > 0;
  }

  #restMs(url: string): number {
    const until = Object.values(keysOf(url)).map((key) => this.#scope(key).restsUntil);
    return Math.max(...until) - this.#now();
  }

  #scope(key: string): Scope {
    return this.#scopes.get(key) ?? { inFlight: 0, failures: 0, restsUntil: 0 };
  }

  #judge({ host, path, url }: Scopes, outcome: Outcome, restMs: number | undefined): void {
    if (outcome === 'not asked') return;
    if (outcome === 'unreachable') {
      this.#failed(host);
      return;
    }
    host.failures = 0;
    if (outcome === 'answered') url.failures = 0;
    else this.#failed(url);
    if (restMs === undefined) {
      if (outcome === 'answered') path.failures = 0;
    } else if (restMs > 0) {
      path.failures = this.#limits.failures;
      path.restsUntil = Math.max(path.restsUntil, this.#now() + restMs);
    }
  }

  #failed(scope: Scope): void {
    scope.failures += 1;
    if (scope.failures >= this.#limits.failures) scope.restsUntil = this.#now() + this.#limits.restMs;
  }

  /** Only what there is something to remember of is kept. */
  #leave(key: string, scope: Scope): void {
    scope.inFlight -= 1;
    if (scope.inFlight === 0 && scope.failures === 0) this.#scopes.delete(key);
    if (this.#scopes.size <= MAX_SCOPES) return;
    const [oldest] = [...this.#scopes].find(([, { inFlight }]) => inFlight === 0) ?? [];
    if (oldest !== undefined) this.#scopes.delete(oldest);
  }
}

const NAMES = ['host', 'path', 'url'] as const;
type Scopes = Record<(typeof NAMES)[number], Scope>;

function keysOf(url: string): Record<keyof Scopes, string> {
  const { origin, pathname, href } = new URL(url);
  return { host: `host ${origin}`, path: `path ${origin}${pathname}`, url: `url ${href}` };
}
