/** Watches the scripts that the page loads after this one: a join waits for them and fails when one is missing. */
export class PageScripts {
  readonly #done: Promise<void>;
  readonly #failed: string[] = [];

  constructor(scope: Window) {
    const onError = (event: Event): void => {
      if (event.target instanceof HTMLScriptElement) this.#failed.push(event.target.src);
    };
    // Errors of elements do not bubble, but they can be captured.
    scope.addEventListener('error', onError, true);
    this.#done = new Promise((resolve) => scope.addEventListener('load', () => resolve(), { once: true }));
  }

  async loaded(): Promise<void> {
    await this.#done;
    if (this.#failed.length > 0) throw new Error(`the page could not load ${this.#failed.join(', ')}`);
  }
}
