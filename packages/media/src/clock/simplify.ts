import type { Knot } from './placed-pieces.ts';

/** A knot less than this off the line of its neighbours is left out, ms. */
const OFF_MS = 0.5;

/** Leaves out knots that lie on a line with others (Douglas-Peucker): an hour of a steady clock is two. */
export const simplify = (knots: readonly Knot[]): Knot[] => {
  const kept = new Set([0, knots.length - 1]);
  const open: [number, number][] = [[0, knots.length - 1]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range;
    const [first, last] = [knots[from], knots[to]];
    if (first === undefined || last === undefined) continue;
    const slope = last.rtp > first.rtp ? (last.ms - first.ms) / (last.rtp - first.rtp) : 0;
    let worst = OFF_MS;
    let split: number | undefined;
    for (let index = from + 1; index < to; index += 1) {
      const knot = knots[index];
      if (knot === undefined) continue;
      const off = Math.abs(knot.ms - first.ms - (knot.rtp - first.rtp) * slope);
      if (off > worst) [worst, split] = [off, index];
    }
    if (split === undefined) continue;
    kept.add(split);
    open.push([from, split], [split, to]);
  }
  return knots.filter((_, index) => kept.has(index));
};
