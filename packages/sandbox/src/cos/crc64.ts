/**
 * CRC-64/XZ, which COS calls CRC64-ECMA (`x-cos-hash-crc64ecma`): polynomial 42F0E1EBA9EA3693 reflected, initial value
 * and final XOR all ones. Kept as two 32-bit halves, a byte at a time.
 */
const POLYNOMIAL_HIGH = 0xc96c5795;
const POLYNOMIAL_LOW = 0xd7870f42;

const high = new Uint32Array(256);
const low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let upper = 0;
  let lower = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = lower & 1;
    lower = (lower >>> 1) | (upper << 31);
    upper >>>= 1;
    if (odd !== 0) {
      upper ^= POLYNOMIAL_HIGH;
      lower ^= POLYNOMIAL_LOW;
    }
  }
  high[byte] = upper;
  low[byte] = lower;
}

export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(bytes: Uint8Array): this {
    let upper = this.#high;
    let lower = this.#low;
    for (const byte of bytes) {
      const index = (lower ^ byte) & 0xff;
      lower = ((lower >>> 8) | (upper << 24)) ^ (low[index] ?? 0);
      upper = (upper >>> 8) ^ (high[index] ?? 0);
    }
    this.#high = upper;
    this.#low = lower;
    return this;
  }

  /** As COS writes it: an unsigned decimal number. */
  digest(): string {
    const value = (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
    return value.toString();
  }
}
