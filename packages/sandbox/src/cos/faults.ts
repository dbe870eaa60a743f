import { seeded } from '../rooms/seeded.ts';
import type { CosRequest, Operation } from './operation.ts';

/** What goes wrong, and for which requests. */
export interface CosFaultRule {
  /**
   * `error` answers `status` (503; 200 is an error document after all, as COS may end what took long) with `code`; `stall` says nothing for `ms` and then hangs up; `reset` breaks the
   * connection off after some of the body; `truncate` does what was asked but breaks off in the answer; `corrupt`
   * stores one byte wrong, under the digest of what was sent; `delay` does what was asked, `ms` later.
   */
  readonly fault: 'error' | 'stall' | 'reset' | 'truncate' | 'corrupt' | 'delay';
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly ms?: number | undefined;
  /** Which requests it strikes; any, where left out. */
  readonly method?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly keyPrefix?: string | undefined;
  /** How many requests it strikes before it is used up; 1 by default. */
  readonly times?: number | undefined;
  /** How many matching requests pass before it begins; 0 by default. */
  readonly after?: number | undefined;
  /** Chance to strike a matching request, drawn from `seed`; 1 by default. */
  readonly probability?: number | undefined;
  readonly seed?: number | undefined;
}

export interface CosFault {
  readonly id: number;
  readonly rule: CosFaultRule;
  /** Requests that matched, and those it struck. */
  readonly matched: number;
  readonly struck: number;
}

/** Faults on demand, counted, and the same for the same seed and requests. */
export interface CosFaults {
  add(rule: CosFaultRule): CosFault;
  list(): CosFault[];
  clear(): void;
}

interface Armed {
  readonly id: number;
  readonly rule: CosFaultRule;
  readonly random: () => number;
  matched: number;
  struck: number;
}

const view = ({ id, rule, matched, struck }: Armed): CosFault => ({ id, rule, matched, struck });

export class FaultBox implements CosFaults {
  #armed: Armed[] = [];
  #lastId = 0;

  add(rule: CosFaultRule): CosFault {
    this.#lastId += 1;
    const armed = { id: this.#lastId, rule, random: seeded(rule.seed ?? this.#lastId), matched: 0, struck: 0 };
    this.#armed.push(armed);
    return view(armed);
  }

  list(): CosFault[] {
    return this.#armed.map(view);
  }

  clear(): void {
    this.#armed = [];
  }

  /** The rule that strikes this request, if any; the first one that matches decides. */
  take(request: CosRequest): CosFaultRule | undefined {
    for (const armed of this.#armed) if (matches(armed.rule, request) && strikes(armed)) return armed.rule;
    return undefined;
  }
}

function matches({ method, operation, keyPrefix }: CosFaultRule, request: CosRequest): boolean {
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (operation !== undefined && operation !== request.operation) return false;
  return keyPrefix === undefined || request.key.startsWith(keyPrefix);
}

function strikes(armed: Armed): boolean {
  const { times = 1, after = 0, probability = 1 } = armed.rule;
  armed.matched += 1;
  if (armed.matched <= after || armed.struck >= times) return false;
  if (armed.random() >= probability) return false;
  armed.struck += 1;
  return true;
}
