import { beforeEach, describe, expect, test } from '@jest/globals';
import { Roster, type Track } from '../page/roster.ts';
import type { SubscribeAnswer } from '../page/subscriptions.ts';
import type { Tap } from '../page/tap-registry.ts';
import { Watchdog } from '../page/watchdog.ts';

const video: Track = { userId: 'anna', stream: 'main', kind: 'video' };
const START = 1_000_000;

/** One anchor with one video track; what its receiver gets is set by the test. */
let now: number;
let frames: number;
let packets: number;
/** Whether packets come to the decoder as frames. */
let isPlayed: boolean;
/** Happens while packets are counted. */
let meanwhile: () => void;
let tap: Tap | undefined;
let isConnected: boolean;
let done: string[];
let notes: string[];
/** `refused`, `no-media`, …, and `restored`, as the room's events say. */
let named: string[];
/** What the server says to subscriptions. */
let answer: SubscribeAnswer;
let roster: Roster;
let watchdog: Watchdog;

const tapOf = (number: number): Tap => ({ tap: number, kind: 'video' }) as unknown as Tap;
const publish = () => roster.note({ type: 'available', at: now, ...video });

beforeEach(() => {
  now = START;
  frames = packets = 0;
  meanwhile = () => undefined;
  tap = tapOf(4);
  isConnected = true;
  done = [];
  notes = [];
  named = [];
  answer = 'taken';
  isPlayed = true;
  roster = new Roster();
  watchdog = new Watchdog({
    roster,
    tapOf: () => tap,
    isConnected: () => isConnected,
    frames: () => Promise.resolve(() => frames),
    reception: () => {
      meanwhile();
      return Promise.resolve({ packets, played: isPlayed ? packets : 0 });
    },
    remedies: {
      start: (track) => done.push(`start ${track.userId}`),
      stop: (track) => done.push(`stop ${track.userId}`),
      resubscribe: (track) => {
        done.push(`resubscribe ${track.userId}`);
        return Promise.resolve(answer);
      },
      subscribe: (track) => {
        done.push(`subscribe ${track.userId}`);
        return Promise.resolve(answer);
      },
    },
    emit: (event) => {
      if (event.type === 'subscription-failed') named.push(`${event.cause} since ${event.since - START}`);
      if (event.type === 'subscription-restored') named.push('restored');
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

  test('that brings nothing is asked for after 4 s, and subscribed again and named within 9 s', async () => {
    await seconds(3);
    expect([done, named]).toEqual([[], []]);
    await seconds(1);
    expect([done, named]).toEqual([['subscribe anna'], []]);
    await seconds(4);
    expect([done, named]).toEqual([['subscribe anna', 'resubscribe anna'], ['no-media since 0']]);
    await seconds(2, { frames: 15, packets: 40 });
    expect(named).toEqual(['no-media since 0', 'restored']);
  });

  test('that brought frames and then nothing is subscribed again and named within 9 s, once', async () => {
    await seconds(10, { frames: 15, packets: 40 });
    await seconds(7);
    expect([done, named]).toEqual([[], []]);
    await seconds(1);
    expect([done, named]).toEqual([['resubscribe anna'], ['no-media since 10000']]);
    await seconds(300);
    expect(done.filter((what) => what === 'resubscribe anna')).toHaveLength(1);
    expect(named).toHaveLength(1);
    expect(notes).toEqual([expect.stringContaining('subscribing again')]);
  });

  test('that still brings nothing has its subscription taken again and again, with longer and longer waits', async () => {
    const tries: number[] = [];
    for (let second = 0; second < 270; second += 1) {
      await seconds(1);
      const times = done.filter((what) => what === 'subscribe anna').length;
      if (times > tries.length) tries.push((now - START) / 1000);
    }
    expect(tries).toEqual([4, 23, 53, 113, 173, 233]);
    await seconds(3, { frames: 15, packets: 40 });
    expect(notes.at(-1)).toContain('frames come again');
  });

  test('that is refused is named with the codes, and taken again every 7 s until the server accepts it', async () => {
    answer = { code: 5500 };
    tap = undefined;
    await seconds(5);
    expect([done, named]).toEqual([['subscribe anna'], ['refused since 0']]);
    await seconds(60);
    expect(new Set(done)).toEqual(new Set(['subscribe anna']));
    expect(done.length).toBeGreaterThan(8);
    expect(named).toHaveLength(1);
    answer = 'taken';
    await seconds(8);
    tap = tapOf(4);
    await seconds(2, { frames: 15, packets: 40 });
    expect(named).toEqual(['refused since 0', 'restored']);
  });

  test('without a receiver that delivers it is given up and taken again each time, which an unanswered take may need', async () => {
    tap = undefined;
    await seconds(40);
    expect(done.slice(0, 4)).toEqual(['subscribe anna', 'resubscribe anna', 'resubscribe anna', 'resubscribe anna']);
    expect(named).toEqual(['not-subscribed since 0']);
  });

  test('that brings nothing is left alone when it is not published any more', async () => {
    await seconds(25);
    roster.note({ type: 'unavailable', at: now, ...video });
    done = [];
    await seconds(100);
    expect(done).toEqual([]);
  });

  test('is given another chance when it is published anew', async () => {
    await seconds(30);
    roster.note({ type: 'unavailable', at: now, ...video });
    await seconds(1);
    publish();
    done = [];
    await seconds(9);
    expect(done).toEqual(['subscribe anna', 'resubscribe anna']);
  });

  test('is not subscribed again while the media path is down', async () => {
    await seconds(5, { frames: 15, packets: 40 });
    isConnected = false;
    await seconds(30);
    expect(done).toEqual([]);
    isConnected = true;
    await seconds(6);
    expect([done, named]).toEqual([[], []]);
    await seconds(2);
    expect(done).toEqual(['resubscribe anna']);
  });

  test('that was never heard is named also while the media path is down', async () => {
    isConnected = false;
    await seconds(9);
    expect([done, named]).toEqual([[], ['disconnected since 0']]);
  });

  test('is not taken for deaf after an outage of the path, though packets come before their frames', async () => {
    await seconds(10, { frames: 15, packets: 40 });
    await seconds(1, { packets: 40 });
    isConnected = false;
    await seconds(8);
    isConnected = true;
    await seconds(2, { packets: 40 });
    await seconds(1, { frames: 15, packets: 40 });
    expect([done, notes, named]).toEqual([[], [], []]);
  });

  test('whose packets never come together as frames is not encoded anew: the decoder has none either', async () => {
    isPlayed = false;
    await seconds(30, { packets: 40 });
    expect(done).toEqual([]);
  });

  test('whose key frame is missing is named so, and restored by its first frame', async () => {
    await seconds(1, { packets: 40 });
    watchdog.missesKeyFrame(tapOf(9), now);
    expect(named).toEqual([]);
    watchdog.missesKeyFrame(tap!, START + 400);
    watchdog.missesKeyFrame(tap!, START + 400);
    expect(named).toEqual(['no-key-frame since 400']);
    await seconds(1, { frames: 15, packets: 40 });
    expect(named).toEqual(['no-key-frame since 400', 'restored']);
  });

  test('that could not be encoded anew either is named so', async () => {
    await seconds(6, { packets: 40 });
    watchdog.remedyEnded(video);
    expect(named).toEqual(['not-tapped since 0']);
  });
});
