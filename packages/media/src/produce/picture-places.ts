/** Where a file's pictures are, by their numbers. A day has 2.6 million: eight bytes each. */
export class PicturePlaces {
  /** Twice the ms, and one more for a key frame. */
  readonly #places: number[] = [];

  get length(): number {
    return this.#places.length;
  }

  /** `atMs` is whole: ms since the file's start. */
  add(atMs: number, key: boolean): void {
    this.#places.push(atMs * 2 + Number(key));
  }

  /** Never, behind the last. */
  atMs(number: number): number {
    return Math.floor((this.#places[number] ?? Infinity) / 2);
  }

  isKey(number: number): boolean {
    return (this.#places[number] ?? 0) % 2 === 1;
  }
}
