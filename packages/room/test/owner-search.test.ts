import { beforeEach, describe, expect, test } from '@jest/globals';
import { OwnerSearch } from '../page/owner-search.ts';
import { Roster, type Track } from '../page/roster.ts';
import type { Tap } from '../page/tap-registry.ts';

/** A receiver whose track only has to be an object of its own. */
const tapOf = (tap: number, kind: 'audio' | 'video'): Tap =>
  ({ tap, kind, receiver: { track: { id: 'always the same' } } }) as unknown as Tap;

const key = ({ userId, stream, kind }: Track) => `${userId}/${stream}/${kind}`;
let held: Map<string, unknown>;
let found: string[];
let roster: Roster;
let search: OwnerSearch;
let now: number;

beforeEach(() => {
  held = new Map();
  found = [];
  now = 1_000;
  roster = new Roster();
  search = new OwnerSearch({
    roster,
    lookup: (track) => (held.get(key(track)) ?? null) as MediaStreamTrack | null,
    found: ({ tap, ssrc, track }) => found.push(`${tap}/${ssrc} ${key(track)}`),
    now: () => now,
  });
});
const enter = (...users: string[]) => {
  for (const userId of users) roster.note({ type: 'anchor-enter', at: 0, userId });
};
/** The worker's question; without a time the run's first frame came just now. */
const add = (tap: Tap, ssrc: number, since = now) => search.add(tap, ssrc, since);

describe('the owner of a run', () => {
  test('is the user for whom the SDK holds this track object', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    held.set('anna/main/audio', tapOf(9, 'audio').receiver.track);
    held.set('bert/main/audio', tap.receiver.track);
    add(tap, 77);
    expect(found).toEqual(['3/77 bert/main/audio']);
  });

  test('is waited for until the SDK knows', () => {
    const tap = tapOf(3, 'video');
    enter('anna');
    add(tap, 77);
    add(tap, 77);
    expect(found).toEqual([]);
    held.set('anna/main/video', tap.receiver.track);
    search.retry();
    search.retry();
    expect(found).toEqual(['3/77 anna/main/video']);
  });

  test('is looked for anew when the receiver brings another SSRC, and the first one keeps its own', () => {
    const tap = tapOf(3, 'video');
    enter('anna');
    held.set('anna/main/video', tap.receiver.track);
    add(tap, 1);
    roster.note({ type: 'anchor-exit', at: 0, userId: 'anna' });
    enter('bert');
    held.clear();
    held.set('bert/main/video', tap.receiver.track);
    add(tap, 2);
    add(tap, 1);
    expect(found).toEqual(['3/1 anna/main/video', '3/2 bert/main/video', '3/1 anna/main/video']);
    expect(search.ownerOf(3)?.userId).toBe('bert');
  });

  test('waits while two users match', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    held.set('anna/main/audio', tap.receiver.track);
    held.set('bert/main/audio', tap.receiver.track);
    add(tap, 1);
    expect(found).toEqual([]);
    held.delete('anna/main/audio');
    search.retry();
    expect(found).toEqual(['3/1 bert/main/audio']);
  });

  test('is never a user who already left', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    roster.note({ type: 'anchor-exit', at: 0, userId: 'anna' });
    held.set('anna/main/audio', tap.receiver.track);
    add(tap, 1);
    search.retry();
    expect(found).toEqual([]);
  });

  test('is found at once for a user who takes up the same receiver again', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    held.set('anna/main/audio', tap.receiver.track);
    add(tap, 1);
    add(tap, 2);
    expect(found).toEqual(['3/1 anna/main/audio', '3/2 anna/main/audio']);
  });

  test('is nobody who gets the receiver after it was released', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'emil');
    add(tap, 1); // anna's, who leaves before the SDK has made up its mind
    search.release(tap);
    held.set('emil/main/audio', tap.receiver.track);
    search.retry();
    expect(found).toEqual([]);
    add(tap, 2);
    expect(found).toEqual(['3/2 emil/main/audio']);
  });

  test('is still found at the moment of the release', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    add(tap, 1);
    held.set('anna/main/audio', tap.receiver.track);
    search.release(tap);
    expect(found).toEqual(['3/1 anna/main/audio']);
  });

  test('is nobody who gets the receiver after it was released, also when the question comes only then', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'emil');
    const first = now; // of anna's frames
    now += 20;
    search.release(tap);
    add(tap, 1, first);
    held.set('emil/main/audio', tap.receiver.track);
    search.retry();
    now += 500;
    add(tap, 1, first);
    expect(found).toEqual([]);
  });

  test('is found for a run that begins right after the release, and for one of another receiver', () => {
    const [tap, other] = [tapOf(3, 'audio'), tapOf(4, 'audio')];
    enter('emil', 'bert');
    held.set('emil/main/audio', tap.receiver.track);
    held.set('bert/main/audio', other.receiver.track);
    search.release(tap);
    add(tap, 2);
    add(other, 5, now - 100);
    expect(found).toEqual(['3/2 emil/main/audio', '4/5 bert/main/audio']);
  });

  test('sticks when the question is put again after the release', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    held.set('anna/main/audio', tap.receiver.track);
    const first = now;
    add(tap, 1);
    now += 20;
    search.release(tap);
    add(tap, 1, first);
    expect(found).toEqual(['3/1 anna/main/audio', '3/1 anna/main/audio']);
  });

  test('of a screen share counts only while one is announced', () => {
    const tap = tapOf(3, 'video');
    const sub = { userId: 'anna', stream: 'sub', kind: 'video' } as const;
    enter('anna');
    held.set('anna/sub/video', tap.receiver.track);
    add(tap, 1);
    expect(found).toEqual([]);
    roster.note({ type: 'available', at: 0, ...sub });
    search.retry();
    expect(found).toEqual(['3/1 anna/sub/video']);
    roster.note({ type: 'unavailable', at: 0, ...sub });
    add(tap, 2);
    search.retry();
    expect(found).toHaveLength(1);
  });
});
