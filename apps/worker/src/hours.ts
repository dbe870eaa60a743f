/** A time for a person: `1.5 h`. */
export const hours = (ms: number): string => `${Math.round(ms / 360_000) / 10} h`;
