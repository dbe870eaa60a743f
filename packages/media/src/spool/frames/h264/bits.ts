/**
 * Reads bits and Exp-Golomb codes from one NAL unit (H264, 7.2 and 9.1), stepping over emulation prevention bytes.
 * Throws a RangeError past the end: such a NAL unit is damaged.
 */
export class BitReader {
  readonly #data: Uint8Array;
  #byte: number;
  #bit = 0;
  #zeros = 0;

  constructor(data: Uint8Array, from = 0) {
    this.#data = data;
    this.#byte = from;
  }

  bit(): number {
    const value = this.#data[this.#byte];
    if (value === undefined) throw new RangeError('NAL unit ends early');
    const bit = (value >> (7 - this.#bit)) & 1;
    this.#bit += 1;
    if (this.#bit === 8) this.#nextByte(value);
    return bit;
  }

  flag(): boolean {
    return this.bit() === 1;
  }

  /** An unsigned number of `count` bits, at most 32. */
  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) value = value * 2 + this.bit();
    return value;
  }

  /** Unsigned Exp-Golomb. */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      zeros += 1;
      if (zeros > 32) throw new RangeError('Exp-Golomb code too long');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed Exp-Golomb. */
  se(): number {
    const code = this.ue();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }

  #nextByte(finished: number): void {
    this.#bit = 0;
    this.#byte += 1;
    this.#zeros = finished === 0 ? this.#zeros + 1 : 0;
    if (this.#zeros >= 2 && this.#data[this.#byte] === 3) {
      this.#byte += 1;
      this.#zeros = 0;
    }
  }
}
