/** Lets only so many pass at once; the others wait in line. */
export class Turnstile {
  readonly #width: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(width: number) {
    this.#width = width;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#width) await new Promise<void>((resolve) => this.#line.push(resolve));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#inside -= 1;
      else next();
    }
  }
}
