/** The middle value; 0 of none. */
export const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  const [below = 0, above = 0] = sorted.subarray(middle - 1, middle + 1);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : (below + above) / 2;
};

/** The value at which half of the weight is reached; 0 of none. */
export const weightedMedian = (values: readonly (readonly [value: number, weight: number])[]): number => {
  const sorted = values.toSorted((a, b) => a[0] - b[0]);
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let passed = 0;
  return sorted.find(([, weight]) => (passed += weight) >= half)?.[0] ?? 0;
};

/** The item at `index`, for indices known to exist. */
export const at = <T>(items: readonly T[], index: number): T => {
  const item = items.at(index);
  if (item === undefined) throw new RangeError(`no item at ${index} of ${items.length}`);
  return item;
};
