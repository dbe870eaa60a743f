import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { StreamType } from '@trtc-recorder/contracts';
import { OwnerSearch } from '../page/owner-search.ts';
import { Roster, type Track } from '../page/roster.ts';
import type { Tap } from '../page/tap-registry.ts';

let connection: { signalingState: string };
/** A receiver whose track only has to be an object of its own. */
const tapOf = (tap: number, kind: 'audio' | 'video'): Tap =>
  ({ tap, kind, receiver: { track: { id: 'always the same' } }, connection }) as unknown as Tap;

const key = ({ userId, stream, kind }: Track) => `${userId}/${stream}/${kind}`;
let held: Map<string, unknown>;
let found: string[];
let roster: Roster;
let search: OwnerSearch;

beforeEach(() => {
  connection = { signalingState: 'stable' };
  held = new Map();
  found = [];
  roster = new Roster();
  search = new OwnerSearch({
    roster,
    lookup: (track) => (held.get(key(track)) ?? null) as MediaStreamTrack | null,
    found: ({ tap, ssrc, track }) => found.push(`${tap}/${ssrc} ${key(track)}`),
  });
});
const enter = (...users: string[]) => {
  for (const userId of users) roster.note({ type: 'anchor-enter', at: 0, userId });
};
const exit = (userId: string) => roster.note({ type: 'anchor-exit', at: 0, userId });
/** A description gives the receiver these SSRCs; within it the SDK gets its track events. */
const rebind = (tap: Tap, ssrcs: number[] | 'any', within: () => void = () => undefined) => {
  search.release(tap);
  within();
  search.bind(tap, { ssrcs: ssrcs === 'any' ? ssrcs : new Set(ssrcs), sender: undefined });
};
/** The same, with a section that names its publisher. */
const rebindAs = (
  tap: Tap,
  publisher: string,
  ssrcs: number[],
  within: () => void = () => undefined,
  stream: StreamType = 'main',
) => {
  search.release(tap);
  within();
  search.bind(tap, { ssrcs: new Set(ssrcs), sender: { publisher, stream } });
};
/** The SDK's track event: from now on it holds the receiver's track for this one. */
const take = (name: string, tap: Tap) => () => void held.set(name, tap.receiver.track);

/** Frames of a receiver that the SDK holds for two, and held for both before. */
const contest = () => {
  const tap = tapOf(3, 'audio');
  enter('anna', 'bert');
  take('anna/main/audio', tap)();
  take('bert/main/audio', tap)();
  rebind(tap, [1]);
  search.ask(tap, 1);
};

describe('the owner of a run', () => {
  test('is the user for whom the SDK holds this track object', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    held.set('anna/main/audio', tapOf(9, 'audio').receiver.track);
    rebind(tap, [77], take('bert/main/audio', tap));
    expect(found).toEqual([]);
    search.ask(tap, 77);
    expect(found).toEqual(['3/77 bert/main/audio']);
  });

  test('is waited for until the SDK knows', () => {
    const tap = tapOf(3, 'video');
    enter('anna');
    rebind(tap, [77, 78]);
    search.ask(tap, 77);
    search.retry();
    expect(found).toEqual([]);
    held.set('anna/main/video', tap.receiver.track);
    search.retry();
    search.retry();
    expect(found).toEqual(['3/77 anna/main/video']);
  });

  test('is waited for until a description has named the SSRC, whichever receiver its frames came out of', () => {
    const [tap, other] = [tapOf(3, 'audio'), tapOf(6, 'audio')];
    enter('anna', 'bert');
    rebind(tap, [1], take('anna/main/audio', tap));
    search.ask(tap, 2); // bert's, sent before his description: the only receiver there is gets it
    search.ask(other, 2);
    search.retry();
    expect(found).toEqual([]);
    rebind(other, [2], take('bert/main/audio', other));
    expect(found).toEqual(['3/2 bert/main/audio', '6/2 bert/main/audio']);
    search.ask(tap, 1);
    expect(found.at(-1)).toBe('3/1 anna/main/audio');
  });

  test('is not to be found under the same SSRC of another connection', () => {
    const tap = tapOf(3, 'audio');
    connection = { signalingState: 'stable' };
    const later = tapOf(9, 'audio');
    enter('anna', 'bert');
    rebind(tap, [1], take('anna/main/audio', tap));
    search.ask(later, 1);
    expect(found).toEqual([]);
    rebind(later, [1], take('bert/main/audio', later));
    expect(found).toEqual(['9/1 bert/main/audio']);
  });

  test('of a receiver whose description names no SSRC is found for whatever comes out of it', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    rebind(tap, 'any', take('anna/main/audio', tap));
    search.ask(tap, 1);
    exit('anna');
    held.clear();
    rebind(tap, 'any', take('bert/main/audio', tap));
    search.ask(tap, 2);
    rebind(tap, []);
    search.ask(tap, 4);
    expect(found).toEqual(['3/1 anna/main/audio', '3/2 bert/main/audio']);
  });

  test('is looked for again by itself while frames wait', () => {
    jest.useFakeTimers();
    try {
      search.startTimer();
      const tap = tapOf(3, 'audio');
      enter('anna');
      rebind(tap, [1]);
      search.ask(tap, 1);
      held.set('anna/main/audio', tap.receiver.track);
      jest.advanceTimersByTime(100);
      expect(found).toEqual(['3/1 anna/main/audio']);
    } finally {
      jest.useRealTimers();
    }
  });

  test('is still looked for once when the connection has been closed', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    rebind(tap, [1]);
    search.ask(tap, 1);
    connection.signalingState = 'closed';
    search.retry();
    held.set('anna/main/audio', tap.receiver.track);
    search.retry();
    expect(found).toEqual([]);
    const other = tapOf(4, 'audio');
    rebind(other, [2]);
    search.ask(other, 2);
    held.set('bert/main/audio', other.receiver.track);
    search.retry();
    expect(found).toEqual(['4/2 bert/main/audio']);
  });

  test('is looked for anew when the receiver gets another SSRC, and the first one keeps its own', () => {
    const tap = tapOf(3, 'video');
    enter('anna');
    rebind(tap, [1], take('anna/main/video', tap));
    search.ask(tap, 1);
    exit('anna');
    enter('bert');
    held.clear();
    rebind(tap, [2], take('bert/main/video', tap));
    search.ask(tap, 2);
    search.ask(tap, 1);
    expect(found).toEqual(['3/1 anna/main/video', '3/2 bert/main/video', '3/1 anna/main/video']);
    expect([1, 2, 3].map((ssrc) => search.ownerOf(tap, ssrc)?.userId)).toEqual(['anna', 'bert', undefined]);
  });

  test('is known also when his frames are asked for only after he left', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'emil');
    rebind(tap, [1], take('anna/main/audio', tap));
    exit('anna');
    held.delete('anna/main/audio');
    rebind(tap, []);
    search.ask(tap, 1);
    expect(found).toEqual(['3/1 anna/main/audio']);
  });

  test('is nobody who gets the receiver next, whenever the frames are asked for', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'emil');
    rebind(tap, [1, 2]); // anna's, who leaves before the SDK has made up its mind
    search.ask(tap, 1);
    // Straight from one to the other: the track is never muted between.
    rebind(tap, [3], take('emil/main/audio', tap));
    search.retry();
    search.ask(tap, 2);
    search.retry();
    expect(found).toEqual([]);
    search.ask(tap, 3);
    expect(found).toEqual(['3/3 emil/main/audio']);
  });

  test('is still found in the moment in which the receiver is let go', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    rebind(tap, [1]);
    search.ask(tap, 1);
    held.set('anna/main/audio', tap.receiver.track);
    search.release(tap);
    expect(found).toEqual(['3/1 anna/main/audio']);
  });

  test('is of two the one for whom the SDK holds it only now: it keeps a track that it gave up', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    held.set('anna/main/audio', tap.receiver.track);
    rebind(tap, [1], take('bert/main/audio', tap));
    exit('bert');
    search.ask(tap, 1);
    expect(found).toEqual(['3/1 bert/main/audio']);
  });

  test('waits while two users match who both had the receiver before, until one has got another', () => {
    contest();
    expect(found).toEqual([]);
    held.set('anna/main/audio', tapOf(6, 'audio').receiver.track);
    search.retry();
    expect(found).toEqual(['3/1 bert/main/audio']);
  });

  test('is nobody when of two who had the receiver before one goes away: it may have been his', () => {
    contest();
    exit('anna');
    search.retry();
    enter('anna');
    held.set('anna/main/audio', tapOf(6, 'audio').receiver.track);
    search.retry();
    expect(found).toEqual([]);
  });

  test('is never a user who already left', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    exit('anna');
    rebind(tap, [1], take('anna/main/audio', tap));
    search.ask(tap, 1);
    search.retry();
    expect(found).toEqual([]);
  });

  test('is found at once for a user who takes up the same receiver again', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    rebind(tap, [1], take('anna/main/audio', tap));
    search.ask(tap, 1);
    rebind(tap, []);
    rebind(tap, [2]);
    search.ask(tap, 2);
    expect(found).toEqual(['3/1 anna/main/audio', '3/2 anna/main/audio']);
  });

  test('of a screen share counts only while one is announced', () => {
    const tap = tapOf(3, 'video');
    const sub = { userId: 'anna', stream: 'sub', kind: 'video' } as const;
    enter('anna');
    rebind(tap, [1], take('anna/sub/video', tap));
    search.ask(tap, 1);
    expect(found).toEqual([]);
    roster.note({ type: 'available', at: 0, ...sub });
    search.retry();
    expect(found).toEqual(['3/1 anna/sub/video']);
    roster.note({ type: 'unavailable', at: 0, ...sub });
    rebind(tap, [2]);
    search.ask(tap, 2);
    expect(found).toHaveLength(1);
  });
  test('of a screen share is not one who shares while the SDK holds a receiver for him that he lost', () => {
    const tap = tapOf(3, 'video');
    enter('anna', 'bert');
    held.set('anna/sub/video', tap.receiver.track);
    rebind(tap, [1], take('bert/sub/video', tap));
    roster.note({ type: 'available', at: 0, userId: 'anna', stream: 'sub', kind: 'video' });
    search.ask(tap, 1);
    expect(found).toEqual([]);
    roster.note({ type: 'available', at: 0, userId: 'bert', stream: 'sub', kind: 'video' });
    search.retry();
    expect(found).toEqual(['3/1 bert/sub/video']);
  });
});

describe('the publisher that a description names', () => {
  test('decides between two for whom the SDK holds the receiver, once both were taken alone', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    rebindAs(tap, '111', [1], take('anna/main/audio', tap)); // refused: the SDK keeps the track
    rebindAs(tap, '', []);
    rebindAs(tap, '222', [2], take('bert/main/audio', tap)); // refused, too
    rebindAs(tap, '', []);
    rebindAs(tap, '222', [3]);
    search.ask(tap, 3);
    expect(found).toEqual(['3/3 bert/main/audio']);
    expect(search.tapOf({ userId: 'bert', stream: 'main', kind: 'audio' })).toBe(tap);
    expect(search.tapOf({ userId: 'anna', stream: 'main', kind: 'audio' })).toBeUndefined();
  });

  test('keeps the frames of one who left at once from the one for whom the SDK still holds the receiver', () => {
    const tap = tapOf(3, 'audio');
    enter('anna', 'bert');
    rebindAs(tap, '111', [1], take('anna/main/audio', tap)); // refused
    rebindAs(tap, '', []);
    rebindAs(tap, '222', [2]); // bert's, who leaves before the SDK's track event
    search.ask(tap, 2);
    search.retry();
    expect(found).toEqual([]);
  });

  test('gives the frames of one who left at once to that user when he comes back', () => {
    const [tap, other] = [tapOf(3, 'audio'), tapOf(6, 'audio')];
    enter('bert');
    rebindAs(tap, '222', [2]);
    search.ask(tap, 2);
    exit('bert');
    rebindAs(tap, '', []);
    expect(found).toEqual([]);
    enter('bert');
    rebindAs(other, '222', [3], take('bert/main/audio', other));
    expect(found).toEqual(['3/2 bert/main/audio']);
  });

  test("is known by one of a user's sections for all of them", () => {
    const [audio, share] = [tapOf(3, 'audio'), tapOf(5, 'video')];
    enter('anna');
    rebindAs(share, '111', [2], take('anna/sub/video', share), 'sub'); // not announced yet
    search.ask(share, 2);
    expect(found).toEqual([]);
    rebindAs(audio, '111', [1], take('anna/main/audio', audio));
    expect(found).toEqual(['5/2 anna/sub/video']);
  });

  test('goes by the SDK when it takes the receiver for another user than the number stood for', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    rebindAs(tap, '111', [1], take('anna/main/audio', tap));
    exit('anna');
    held.clear();
    rebindAs(tap, '', []);
    enter('bert');
    rebindAs(tap, '111', [2], take('bert/main/audio', tap));
    rebindAs(tap, '', []);
    rebindAs(tap, '111', [3]);
    for (const ssrc of [2, 3]) search.ask(tap, ssrc);
    expect(found).toEqual(['3/2 bert/main/audio', '3/3 bert/main/audio']);
  });

  test('is learned again for a user who comes back under another number', () => {
    const tap = tapOf(3, 'audio');
    enter('anna');
    rebindAs(tap, '111', [1], take('anna/main/audio', tap));
    exit('anna');
    held.clear();
    enter('anna');
    rebindAs(tap, '333', [2], take('anna/main/audio', tap));
    search.ask(tap, 2);
    expect(found).toEqual(['3/2 anna/main/audio']);
  });
});
