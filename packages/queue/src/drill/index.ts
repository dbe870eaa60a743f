/** For the drills alone: they look through all keys of a Redis, which in production would hold it up. */
export { leftoverKeys } from './leftovers.ts';
