import { beforeEach, describe, expect, test } from '@jest/globals';
import { Roster, type Track } from '../page/roster.ts';
import type { Tap } from '../page/tap-registry.ts';
import { Watchdog } from '../page/watchdog.ts';

const video: Track = { userId: 'anna', stream: 'main', kind: 'video' };
const START = 1_000_000;

/** One anchor with one video track; what its receiver gets is set by the test. */
let now: number;
let frames: number;
let packets: number;
/** Happens while packets are counted. */
let meanwhile: () => void;
let tap: Tap | undefined;
let connectionState: string;
let done: string[];
let notes: string[];
let roster: Roster;
let watchdog: Watchdog;

const tapOf = (number: number): Tap =>
  ({
    tap: number,
    kind: 'video',
    connection: {
      get connectionState() {
        return connectionState;
      },
    },
  }) as unknown as Tap;
const publish = () => roster.note({ type: 'available', at: now, ...video });

beforeEach(() => {
  now = START;
  frames = packets = 0;
  meanwhile = () => undefined;
  tap = tapOf(4);
  connectionState = 'connected';
  done = [];
  notes = [];
  roster = new Roster();
  watchdog = new Watchdog({
    roster,
    tapOf: () => tap,
    counts: () => Promise.resolve(tap ? [{ tap: tap.tap, ssrc: 1, frames }] : []),
    packets: () => {
      meanwhile();
      return Promise.resolve(packets);
    },
    remedies: {
      start: (track) => done.push(`start ${track.userId}`),
      stop: (track) => done.push(`stop ${track.userId}`),
      resubscribe: (track) => done.push(`resubscribe ${track.userId}`),
      subscribe: (track) => done.push(`subscribe ${track.userId}`),
    },
    note: (message) => notes.push(message),
    now: () => now,
  });
  publish();
});

/** Lets seconds pass, in each of which so many frames and packets come. */
async function seconds(count: number, each: { frames?: number; packets?: number } = {}): Promise<void> {
  for (let second = 0; second < count; second += 1) {
    await watchdog.tick();
    now += 1000;
    frames += each.frames ?? 0;
    packets += each.packets ?? 0;
  }
  await watchdog.tick();
}

describe('a published track', () => {
  test('whose frames come is left alone', async () => {
    await seconds(60, { frames: 15, packets: 40 });
    expect([done, notes]).toEqual([[], []]);
  });

  test('whose packets come without frames is encoded anew within 5 s, once', async () => {
    await seconds(5, { packets: 40 });
    expect(done).toEqual(['start anna']);
    await seconds(60, { packets: 40 });
    expect(done).toEqual(['start anna']);
    expect(notes).toHaveLength(1);
  });

  test('whose frames break off while packets go on is encoded anew, until its frames come again', async () => {
    await seconds(10, { frames: 15, packets: 40 });
    await seconds(6, { packets: 40 });
    expect(done).toEqual(['start anna']);
    await seconds(2, { frames: 15, packets: 40 });
    expect(done).toEqual(['start anna', 'stop anna']);
  });

  test('whose packets come again after a pause is given time until their frames come', async () => {
    await seconds(10, { frames: 15, packets: 40 });
    await seconds(4);
    await seconds(2, { packets: 40 });
    await seconds(1, { frames: 15, packets: 40 });
    expect(done).toEqual([]);
    await seconds(4);
    await seconds(5, { packets: 40 });
    expect(done).toEqual(['start anna']);
  });

  test('that is encoded anew is no longer so once it is not published', async () => {
    await seconds(6, { packets: 40 });
    roster.note({ type: 'anchor-exit', at: now, userId: 'anna' });
    await seconds(2, { packets: 0 });
    expect(done).toEqual(['start anna', 'stop anna']);
  });

  test('that is encoded anew and passes to another receiver is judged anew', async () => {
    await seconds(6, { packets: 40 });
    tap = tapOf(9);
    await seconds(1, { frames: 15, packets: 40 });
    expect(done).toEqual(['start anna', 'stop anna']);
    await seconds(6, { packets: 40 });
    expect(done).toEqual(['start anna', 'stop anna', 'start anna']);
  });

  test('that is encoded anew is no longer so from the moment it is not published', async () => {
    await seconds(6, { packets: 40 });
    roster.note({ type: 'unavailable', at: now, ...video });
    watchdog.forgetUnpublished();
    expect(done).toEqual(['start anna', 'stop anna']);
  });

  test('is not encoded anew when it is taken back while its packets are counted', async () => {
    await seconds(2, { packets: 40 });
    expect(done).toEqual([]);
    meanwhile = () => {
      roster.note({ type: 'unavailable', at: now, ...video });
      watchdog.forgetUnpublished();
    };
    now += 1000;
    packets += 40;
    await seconds(5, { packets: 40 });
    expect(done).toEqual([]);
  });

  test('that is encoded anew is no longer so from the moment its receiver is released, and may be again', async () => {
    await seconds(6, { packets: 40 });
    watchdog.released(tapOf(9));
    expect(done).toEqual(['start anna']);
    watchdog.released(tap!);
    expect(done).toEqual(['start anna', 'stop anna']);
    await seconds(6, { packets: 40 });
    expect(done).toEqual(['start anna', 'stop anna', 'start anna']);
  });

  test('whose encoding failed is encoded anew once more, but not all the time', async () => {
    await seconds(6, { packets: 40 });
    watchdog.remedyEnded(video);
    await seconds(5, { packets: 40 });
    expect(done).toEqual(['start anna', 'start anna']);
    for (let second = 0; second < 300; second += 1) {
      watchdog.remedyEnded(video);
      await seconds(1, { packets: 40 });
    }
    expect(done.length).toBeLessThan(12);
    await seconds(60, { packets: 40 });
    await seconds(2, { frames: 15, packets: 40 });
    expect(done.at(-1)).toBe('stop anna');
    expect(notes.at(-1)).toContain('frames come again');
  });

  test('with a few stray packets but no frame is not encoded anew', async () => {
    await seconds(8, { packets: 1 });
    expect(done).toEqual([]);
  });

  test('without packets is subscribed again after 10 s, once, and then called a gap, once', async () => {
    await seconds(9);
    expect(done).toEqual([]);
    await seconds(2);
    expect(done).toEqual(['resubscribe anna']);
    await seconds(300);
    expect(done.filter((what) => what === 'resubscribe anna')).toHaveLength(1);
    expect(notes).toEqual([expect.stringContaining('subscribing again'), expect.stringContaining('there is a gap')]);
  });

  test('that still brings nothing has its subscription taken again and again, with longer and longer waits', async () => {
    const tries: number[] = [];
    for (let second = 0; second < 270; second += 1) {
      await seconds(1);
      const times = done.filter((what) => what === 'subscribe anna').length;
      if (times > tries.length) tries.push((now - START) / 1000);
    }
    expect(tries).toEqual([20, 40, 80, 140, 200, 260]);
    await seconds(3, { frames: 15, packets: 40 });
    expect(notes.at(-1)).toContain('frames come again');
    done = [];
    await seconds(21);
    expect(done).toEqual(['resubscribe anna', 'subscribe anna']);
  });

  test('that brings nothing is left alone when it is not published any more', async () => {
    await seconds(25);
    roster.note({ type: 'unavailable', at: now, ...video });
    done = [];
    await seconds(100);
    expect(done).toEqual([]);
  });

  test('without even a receiver, as after a refused subscription, is subscribed again', async () => {
    tap = undefined;
    await seconds(11);
    expect(done).toEqual(['resubscribe anna']);
    tap = tapOf(4);
    await seconds(3, { frames: 15, packets: 40 });
    expect(notes.at(-1)).toContain('frames come again');
  });

  test('is given another chance when it is published anew', async () => {
    await seconds(30);
    roster.note({ type: 'unavailable', at: now, ...video });
    await seconds(1);
    publish();
    await seconds(11);
    expect(done).toEqual(['resubscribe anna', 'subscribe anna', 'resubscribe anna']);
  });

  test('is not subscribed again while the media path is down', async () => {
    await seconds(5, { frames: 15, packets: 40 });
    connectionState = 'disconnected';
    await seconds(30);
    expect(done).toEqual([]);
    connectionState = 'connected';
    await seconds(9);
    expect(done).toEqual([]);
    await seconds(2);
    expect(done).toEqual(['resubscribe anna']);
  });
});
