/**
 * Counts on over the wrap of a counter of `bits` bits (RTP timestamps: 32, sequence numbers: 16). The first value
 * stays as it is; each further one is taken as the nearest to the one before, so reordering does no harm.
 */
export class Unwrapper {
  readonly #modulus: number;
  #last: number | undefined;

  constructor(bits: 16 | 32) {
    this.#modulus = 2 ** bits;
  }

  next(value: number): number {
    const last = this.#last ?? value;
    const ahead = (((value - last) % this.#modulus) + this.#modulus) % this.#modulus;
    this.#last = last + (ahead >= this.#modulus / 2 ? ahead - this.#modulus : ahead);
    return this.#last;
  }
}
