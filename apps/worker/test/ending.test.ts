import { describe, expect, test } from '@jest/globals';
import type { RoomEvent } from '@trtc-recorder/contracts';
import { EndingWatch } from '../src/ending.ts';

const limits = { noAnchorMs: 300_000, maxDurationMs: 3_600_000, predecessorMs: 0 };
const enter = (at: number, userId = 'anna'): RoomEvent => ({ type: 'anchor-enter', at, userId });
const exit = (at: number, userId = 'anna'): RoomEvent => ({ type: 'anchor-exit', at, userId });
const watch = (...events: RoomEvent[]) => {
  const w = new EndingWatch(limits, 0, 0);
  for (const event of events) w.event(event, event.at);
  return w;
};
const reasonAt = (w: EndingWatch, now: number) => {
  const verdict = w.check(now);
  return verdict === null ? null : 'reason' in verdict ? verdict.reason : 'lost';
};

test('one login of the recorder elsewhere, soon after a change of workers, is taken for the worker before', () => {
  const kicked = (reason: 'kick' | 'banned'): RoomEvent => ({ type: 'kicked', at: 0, reason });
  const watchAfterAChange = () => new EndingWatch({ ...limits, predecessorMs: 60_000 }, 0, 1000);
  const kickedAt = (w: EndingWatch, now: number) => {
    w.newTake(now);
    w.event(kicked('kick'), now);
    return reasonAt(w, now);
  };
  const soon = watchAfterAChange();
  expect([kickedAt(soon, 5_000), kickedAt(soon, 6_000)]).toEqual(['lost', 'kick']);
  expect(kickedAt(watchAfterAChange(), 61_000)).toBe('kick');
  const banned = watchAfterAChange();
  banned.event(kicked('banned'), 2_000);
  expect(reasonAt(banned, 2_000)).toBe('banned');
});

describe('when a recording ends', () => {
  test.each<[string, RoomEvent[], number, string | null]>([
    ['nobody ever came: 300 s after the join', [], 300_000, 'no_anchor'],
    ['nobody ever came: not before', [], 299_999, null],
    ['an anchor is there: goes on', [enter(1000)], 1_000_000, null],
    ['300 s after the last anchor went', [enter(1000), exit(100_000)], 400_000, 'no_anchor'],
    ['not before 300 s after the last anchor went', [enter(1000), exit(100_000)], 399_999, null],
    ['one of two went', [enter(0), enter(0, 'bob'), exit(1000)], 900_000, null],
    ['an anchor known by its track alone', [available(5)], 400_000, null],
    ['an exit of somebody unknown does not restart the time', [exit(200_000)], 300_000, 'no_anchor'],
    ['banned', [enter(0), { type: 'kicked', at: 5, reason: 'banned' }], 6, 'banned'],
    ['another login', [{ type: 'kicked', at: 5, reason: 'kick' }], 6, 'kick'],
    ['room dismissed', [{ type: 'kicked', at: 5, reason: 'room_disband' }], 6, 'room_disband'],
    ['SDK error', [{ type: 'error', at: 5, code: 5500, extraCode: 5502, message: 'x' }], 6, 'lost'],
    ['page crashed', [{ type: 'crashed', at: 5, message: 'x' }], 6, 'lost'],
    [
      'a kick that follows an error changes nothing',
      [
        { type: 'error', at: 5, code: 1, message: 'x' },
        { type: 'kicked', at: 6, reason: 'banned' },
      ],
      7,
      'lost',
    ],
    ['the time limit, with an anchor in the room', [enter(0)], 3_600_000, 'max_duration'],
  ])('%s', (_, events, now, expected) => {
    expect(reasonAt(watch(...events), now)).toBe(expected);
  });

  test('a new take learns anew who is there, and an empty room is counted from the loss on', () => {
    const w = watch(enter(0), { type: 'crashed', at: 500_000, message: 'x' });
    expect(reasonAt(w, 500_000)).toBe('lost');
    w.newTake(500_000);
    w.event({ type: 'entered', at: 500_000 }, 500_000);
    expect(reasonAt(w, 799_999)).toBeNull();
    expect(reasonAt(w, 800_000)).toBe('no_anchor');
  });

  test('an outage is no absence of the anchors', () => {
    const w = watch(enter(0), { type: 'crashed', at: 10_000, message: 'x' });
    w.newTake(10_000);
    // Tried for ten minutes: what is told meanwhile ends nothing.
    expect(reasonAt(w, 610_000)).toBeNull();
    w.event({ type: 'entered', at: 900_000 }, 900_000);
    expect(reasonAt(w, 900_000 + 299_999)).toBeNull();
    expect(reasonAt(w, 900_000 + 300_000)).toBe('no_anchor');
  });

  test('takes that find nobody do not push the end away', () => {
    const w = watch();
    w.newTake(200_000);
    w.event({ type: 'entered', at: 200_000 }, 200_000);
    expect(reasonAt(w, 300_000)).toBe('no_anchor');
  });
});

function available(at: number): RoomEvent {
  return { type: 'available', at, userId: 'anna', stream: 'main', kind: 'audio' };
}
