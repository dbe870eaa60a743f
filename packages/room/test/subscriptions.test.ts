import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Track } from '../page/roster.ts';
import { Subscriptions } from '../page/subscriptions.ts';

const TRACKS: Track[] = [
  { userId: 'anna', stream: 'main', kind: 'audio' },
  { userId: 'anna', stream: 'main', kind: 'video' },
];

/** What the SDK was called for and has not answered yet. */
interface Call {
  readonly name: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
let calls: Call[];
let subscriptions: Subscriptions;

const call = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    calls.push({ name, resolve, reject });
  });
const settled = () => jest.advanceTimersByTimeAsync(0);
const names = () => calls.map(({ name }) => name);

beforeEach(() => {
  jest.useFakeTimers();
  calls = [];
  subscriptions = new Subscriptions({
    muteRemoteAudio: (_userId, mute) => call(mute ? 'stop' : 'start'),
    stopRemoteVideo: () => call('stop'),
    startRemoteVideo: () => call('start'),
  });
});

afterEach(() => void jest.useRealTimers());

describe.each(TRACKS)('a subscription to $kind', (track) => {
  test('is taken again only when it has been given up, however long that takes', async () => {
    const done = subscriptions.renew(track);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(names()).toEqual(['stop']);
    calls[0]!.resolve();
    await settled();
    expect(names()).toEqual(['stop', 'start']);
    calls[1]!.resolve();
    await done;
  });

  test('is left to what is under way', async () => {
    void subscriptions.renew(track);
    await subscriptions.renew(track);
    await subscriptions.take(track);
    expect(names()).toEqual(['stop']);
    calls[0]!.resolve();
    await settled();
    await subscriptions.take(track);
    expect(names()).toEqual(['stop', 'start']);
  });

  test('that could not be taken is taken by the next try', async () => {
    const done = subscriptions.renew(track);
    calls[0]!.resolve();
    await settled();
    calls[1]!.reject(new Error('no answer'));
    await done;
    void subscriptions.take(track);
    expect(names()).toEqual(['stop', 'start', 'start']);
  });

  test('that could not be given up is given up by the next try', async () => {
    const done = subscriptions.renew(track);
    calls[0]!.reject(new Error('no answer'));
    await settled();
    calls[1]!.reject(new Error('already started'));
    await done;
    void subscriptions.take(track);
    calls[2]!.resolve();
    await settled();
    calls[3]!.resolve();
    await settled();
    void subscriptions.take(track);
    expect(names()).toEqual(['stop', 'start', 'stop', 'start', 'start']);
  });
});
