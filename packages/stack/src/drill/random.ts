import { seeded } from '@trtc-recorder/sandbox';

/** Chance that repeats itself: the same seed gives the same run again. */
export interface Random {
  /** A number from `min` up to `max`. */
  between(min: number, max: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True in `share` (0…1) of the cases. */
  chance(share: number): boolean;
}

export function randomOf(seed: number): Random {
  const next = seeded(seed);
  return {
    between: (min, max) => min + next() * (max - min),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    chance: (share) => next() < share,
  };
}
