import type { Redis } from 'ioredis';

/**
 * For how long a connection has been there, ms: since it came back, or since ever when it was never away; 0 while it is
 * away. What is missing in Redis right after it was away says little: others are still coming back.
 */
export function steadiness(redis: Redis): () => number {
  let backAt = Number.NEGATIVE_INFINITY;
  let away = false;
  redis.on('close', () => {
    away = true;
  });
  redis.on('ready', () => {
    if (away) backAt = performance.now();
    away = false;
  });
  return () => (away ? 0 : performance.now() - backAt);
}
