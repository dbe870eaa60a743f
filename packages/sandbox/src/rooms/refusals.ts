/** Requests that can be refused on demand. */
export const REFUSABLE = ['join', 'subscribe', 'publish', 'rebuild', 'reconnect'] as const;
export type Refusable = (typeof REFUSABLE)[number];

export interface RefusalRule {
  /** The code of the refusing reply; not 0. */
  readonly code: number;
  /** How many requests are refused; all, when left out. */
  readonly times?: number | undefined;
  /** Only this user's requests. */
  readonly userId?: string | undefined;
}

/** Which requests are to be refused now, and how often still. */
export class Refusals {
  readonly #rules = new Map<Refusable, { rule: RefusalRule; left: number }>();

  set(request: Refusable, rule: RefusalRule | undefined): void {
    if (rule === undefined) this.#rules.delete(request);
    else this.#rules.set(request, { rule, left: rule.times ?? Infinity });
  }

  /** The code to refuse this request with, 0 to let it pass. Counts it. */
  take(request: Refusable, userId: string): number {
    const entry = this.#rules.get(request);
    if (entry === undefined || entry.left <= 0) return 0;
    if (entry.rule.userId !== undefined && entry.rule.userId !== userId) return 0;
    entry.left -= 1;
    return entry.rule.code;
  }

  view(): Record<string, RefusalRule> {
    return Object.fromEntries(
      [...this.#rules].filter(([, { left }]) => left > 0).map(([name, { rule }]) => [name, rule]),
    );
  }
}
