const TICK_MS = 5;

/** Moves any number of anchors on one timer, which stands still when there are none. */
export class Ticker {
  readonly #ticking = new Set<{ tick(): void }>();
  #timer: NodeJS.Timeout | undefined;

  add(one: { tick(): void }): void {
    this.#ticking.add(one);
    this.#timer ??= setInterval(() => {
      for (const each of this.#ticking) each.tick();
    }, TICK_MS);
  }

  delete(one: { tick(): void }): void {
    this.#ticking.delete(one);
    if (this.#ticking.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
