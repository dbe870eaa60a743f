/** Requests that can be refused or answered late on demand. */
export const REFUSABLE = ['join', 'subscribe', 'publish', 'rebuild', 'reconnect'] as const;
export type Refusable = (typeof REFUSABLE)[number];

/** What a subscription asks for. */
export const SUBSCRIBABLE = ['audio', 'main', 'sub'] as const;
export type Subscribable = (typeof SUBSCRIBABLE)[number];

export interface RefusalRule {
  /** The code of the refusing reply. 0: the request is granted, and answered after `delayMs`. */
  readonly code: number;
  /** How long the reply is held back. What was asked for happens at once. */
  readonly delayMs?: number | undefined;
  /** How many requests it applies to; all, when left out. */
  readonly times?: number | undefined;
  /** ms after which it ends by itself. */
  readonly forMs?: number | undefined;
  /** Only this user's requests. */
  readonly userId?: string | undefined;
  /** Only subscriptions to this publisher. */
  readonly publisherId?: string | undefined;
  /** Only subscriptions that ask for one of these. */
  readonly kinds?: readonly Subscribable[] | undefined;
}

/** A request, as far as rules look at it. */
export interface Refused {
  readonly userId: string;
  readonly publisherId?: string | undefined;
  /** What a subscription asks for that it doesn't have yet. */
  readonly kinds?: readonly Subscribable[] | undefined;
}

/** What becomes of a request. */
export interface Verdict {
  /** 0: granted. */
  readonly code: number;
  readonly delayMs: number;
}

interface Entry {
  readonly rule: RefusalRule;
  left: number;
  readonly endsAt: number;
}

/** Which requests are to be refused or answered late now, and how often still. */
export class Refusals {
  readonly #entries = new Map<Refusable, Entry[]>();

  /** Instead of the rules that there were; `undefined` removes them. */
  set(request: Refusable, rule: RefusalRule | undefined): void {
    this.#entries.delete(request);
    if (rule !== undefined) this.add(request, rule);
  }

  /** Beside the rules that there are; the first that matches decides. */
  add(request: Refusable, rule: RefusalRule): void {
    const { times = Infinity, forMs = Infinity } = rule;
    const entry = { rule, left: times, endsAt: Date.now() + forMs };
    this.#entries.set(request, [...(this.#entries.get(request) ?? []), entry]);
  }

  /** What becomes of this request. Counts it. */
  take(request: Refusable, asked: Refused): Verdict {
    const entry = this.#active(request).find(({ rule }) => matches(rule, asked));
    if (entry === undefined) return { code: 0, delayMs: 0 };
    entry.left -= 1;
    return { code: entry.rule.code, delayMs: entry.rule.delayMs ?? 0 };
  }

  view(): Record<string, RefusalRule[]> {
    const rules = REFUSABLE.map((request) => [request, this.#active(request).map(({ rule }) => rule)] as const);
    return Object.fromEntries(rules.filter(([, active]) => active.length > 0));
  }

  #active(request: Refusable): Entry[] {
    const now = Date.now();
    return (this.#entries.get(request) ?? []).filter(({ left, endsAt }) => left > 0 && now < endsAt);
  }
}

const matches = ({ userId, publisherId, kinds }: RefusalRule, asked: Refused): boolean =>
  (userId === undefined || userId === asked.userId) &&
  (publisherId === undefined || publisherId === asked.publisherId) &&
  (kinds === undefined || kinds.some((kind) => asked.kinds?.includes(kind) === true));
