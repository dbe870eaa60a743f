import type { Point } from './observation.ts';
import { at } from './statistics.ts';

/** A change of the offset below this is delay, and followed slowly; above it may be a jump of the sender's timestamps. */
const STEP_MS = 400;
/** A higher offset is a jump only if it never comes back within this time: congestion rises and falls, clocks don't. */
const NO_RETURN_MS = 20_000;
/** At the end of a run less is seen of what follows: this much has to stay high, and by more than delays grow. */
const NO_RETURN_AT_END_MS = 3_000;
const STEP_AT_END_MS = 3_000;
/** A run this short before a drop was late, by the backlog a server sends at subscription, but on the same clock. */
const BACKLOG_MS = 20_000;
/** No backlog is this long: such a drop is a jump of the sender's timestamps. */
const JUMP_MS = 10_000;
/** A level that returns this closely was the same clock all along, with a long delay between. */
const SAME_LEVEL_MS = 100;
/** The most that clocks drift apart: the level may rise by this much per ms. */
const MAX_DRIFT = 500e-6;

interface Epoch {
  points: Point[];
  /** The lower envelope where the epoch began, and where it is now. */
  readonly firstMs: number;
  levelMs: number;
}

/** Whether the offset, having risen at `index`, stays risen for as long as it takes to rule out a passing delay. */
const rose = (points: readonly Point[], index: number, levelMs: number): boolean => {
  const { mediaMs: startMs, offsetMs } = at(points, index);
  let seenMs = 0;
  for (let next = index; next < points.length; next++) {
    const point = at(points, next);
    if (point.offsetMs <= levelMs + STEP_MS) return false;
    seenMs = point.mediaMs - startMs;
    if (seenMs > NO_RETURN_MS) return true;
  }
  return seenMs >= NO_RETURN_AT_END_MS && offsetMs > levelMs + STEP_AT_END_MS;
};

const fell = ({ points, levelMs }: Epoch, point: Point): boolean => {
  const dropMs = levelMs - point.offsetMs;
  const spanMs = at(points, -1).mediaMs - at(points, 0).mediaMs;
  return dropMs > JUMP_MS || (dropMs > STEP_MS && spanMs > BACKLOG_MS);
};

const extend = (epoch: Epoch, point: Point): void => {
  const elapsedMs = point.mediaMs - at(epoch.points, -1).mediaMs;
  epoch.levelMs = Math.min(epoch.levelMs + elapsedMs * MAX_DRIFT, point.offsetMs);
  epoch.points.push(point);
};

/** Two jumps that cancel out were one long delay. */
const mergeExcursions = (epochs: readonly Epoch[]): Epoch[] => {
  const merged: Epoch[] = [];
  for (const epoch of epochs) {
    const before = merged.at(-2);
    const excursion = merged.at(-1);
    const cancels =
      before !== undefined &&
      excursion !== undefined &&
      excursion.firstMs > before.levelMs &&
      Math.abs(epoch.firstMs - before.levelMs) < SAME_LEVEL_MS;
    if (!cancels) {
      merged.push(epoch);
      continue;
    }
    before.points = [...before.points, ...excursion.points, ...epoch.points];
    before.levelMs = epoch.levelMs;
    merged.pop();
  }
  return merged;
};

/**
 * Cuts a run where the sender's timestamps jumped against real time: a clock that stood still while muted, an encoder
 * that was restarted. Within an epoch offsets differ by delay and drift only. Points are in RTP order.
 */
export const splitEpochs = (points: readonly Point[]): Point[][] => {
  const epochs: Epoch[] = [];
  points.forEach((point, index) => {
    const current = epochs.at(-1);
    const risen = current !== undefined && point.offsetMs > current.levelMs + STEP_MS;
    if (current === undefined || fell(current, point) || (risen && rose(points, index, current.levelMs)))
      epochs.push({ points: [point], firstMs: point.offsetMs, levelMs: point.offsetMs });
    else extend(current, point);
  });
  return mergeExcursions(epochs).map((epoch) => epoch.points);
};
