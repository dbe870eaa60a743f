/** Ms since the Unix epoch, monotonic within this context and finer than `Date.now()`. */
export const now = (): number => performance.timeOrigin + performance.now();
