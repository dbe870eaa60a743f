import { noSuchBucket } from './cos-error.ts';

export interface Bucket {
  /** `name-appid`. */
  readonly name: string;
  readonly region: string;
}

/**
 * Which buckets there are. With a list, those; without, a bucket comes into being in the region in which it is first
 * used, and is in no other from then on. In another region than its own, a bucket doesn't exist: that is what COS says.
 */
export class Buckets {
  readonly #regions: Map<string, string>;
  readonly #open: boolean;

  constructor(list: readonly Bucket[] | undefined) {
    this.#regions = new Map(list?.map(({ name, region }) => [name, region]));
    this.#open = list === undefined;
  }

  check(name: string, region: string): void {
    if (this.#open && !this.#regions.has(name)) this.#regions.set(name, region);
    if (this.#regions.get(name) !== region) throw noSuchBucket();
  }
}
