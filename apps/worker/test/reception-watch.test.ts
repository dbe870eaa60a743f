import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Frame, RoomEvent } from '@trtc-recorder/contracts';
import { ReceptionWatch } from '../src/steps/reception-watch.ts';

const T0 = Date.parse('2026-11-24T15:00:00Z');

type Item = { readonly at: number } & ({ readonly frame: Frame } | { readonly event: RoomEvent });

let lines: { readonly at: number; readonly text: string }[];
let items: Item[];
beforeEach(() => {
  lines = [];
  items = [];
});

/** Audio and video of an anchor, but for the times in which nothing of it comes, in seconds. */
const sends = (
  userId: string,
  to: number,
  holes: Readonly<Partial<Record<'audio' | 'video', readonly [number, number]>>>,
): void => {
  for (const kind of ['audio', 'video'] as const)
    for (let at = 0; at < to; at += kind === 'audio' ? 0.02 : 1 / 15) {
      const [from, until] = holes[kind] ?? [Infinity, Infinity];
      if (at < from || at >= until)
        items.push({ at, frame: { userId, stream: 'main', kind, receivedAt: T0 + at * 1000 } as Frame });
    }
};

const happens = (at: number, event: Record<string, unknown>): void => {
  items.push({ at, event: { ...event, at: T0 + at * 1000 } as unknown as RoomEvent });
};

/** Plays everything in its order, with a look each second. */
const play = (seconds: number): string[] => {
  let now = 0;
  const watch = new ReceptionWatch(
    (text) => lines.push({ at: now, text }),
    () => now * 1000,
  );
  const looks = Array.from({ length: seconds }, (_, index) => ({ at: index + 0.999 }));
  for (const item of [...items, ...looks].sort((a, b) => a.at - b.at)) {
    now = item.at;
    if ('frame' in item) watch.frame(item.frame);
    else if ('event' in item) watch.event(item.event);
    else watch.look();
  }
  return lines.map(({ text }) => text.replaceAll(/2026-11-24T15:00:(\d\d)\.(\d)\d\dZ/g, '$1.$2'));
};

const both = (from: number, to: number) => ({ audio: [from, to], video: [from, to] }) as const;

describe('a time without media is one line', () => {
  test('of all anchors: the path of the recorder was dead', () => {
    sends('teacher', 45, { audio: [10, 30], video: [10, 30.1] });
    sends('pupil', 45, { audio: [10, 30.2], video: [10, 30.3] });
    expect(play(45)).toEqual([
      'capture: no media since 10.0 (recorder-disconnected), all anchors',
      'capture: no media from 10.0 to 30.0 (recorder-disconnected), all anchors',
    ]);
    expect(lines[0]!.at).toBeLessThan(15);
    expect(lines[1]!.at).toBeLessThan(32);
  });

  test('of one anchor while another is received: its uplink was dead', () => {
    sends('teacher', 30, both(10, 18));
    sends('pupil', 30, {});
    expect(play(30)).toEqual([
      'capture: no media since 10.0 (anchor-disconnected), anchor "teacher"',
      'capture: no media from 10.0 to 18.0 (anchor-disconnected), anchor "teacher"',
    ]);
    expect(lines[1]!.at).toBeLessThan(20);
  });

  test.each([true, false])('of a lone anchor: its side, unless the page found its own path dead (%s)', (isDead) => {
    sends('teacher', 20, both(10, 12));
    if (isDead) happens(11.9, { type: 'connection', state: 'path silent' });
    if (isDead) happens(12, { type: 'connection', state: 'path alive' });
    expect(play(20)).toEqual([
      isDead
        ? 'capture: no media from 10.0 to 12.0 (recorder-disconnected), all anchors'
        : 'capture: no media from 10.0 to 12.0 (anchor-disconnected), anchor "teacher"',
    ]);
  });

  test('of a video that has no key frame yet when its audio comes again', () => {
    sends('teacher', 30, { audio: [10, 15], video: [10, 19] });
    sends('pupil', 30, {});
    expect(play(30)).toEqual([
      'capture: no media since 10.0 (anchor-disconnected), anchor "teacher"',
      'capture: no media from 10.0 to 15.0 (anchor-disconnected), anchor "teacher"',
      'capture: no media from 15.0 to 19.0 (lost), anchor "teacher", main video',
    ]);
  });

  test('of an anchor that left', () => {
    sends('pupil', 30, both(10, 18));
    happens(10.2, { type: 'anchor-exit', userId: 'pupil', reason: 0 });
    happens(17.8, { type: 'anchor-enter', userId: 'pupil' });
    sends('teacher', 30, {});
    expect(play(30)).toEqual(['capture: no media from 10.0 to 17.8 (left), anchor "pupil"']);
  });

  test('of a camera that was muted', () => {
    const camera = { userId: 'pupil', stream: 'main', kind: 'video' };
    sends('pupil', 30, { video: [10, 20] });
    happens(10.1, { type: 'unavailable', ...camera });
    happens(20, { type: 'available', ...camera });
    expect(play(30)).toEqual(['capture: no media from 10.1 to 20.0 (muted), anchor "pupil", main video']);
  });

  test('until the recorder is in the room again after its browser crashed', () => {
    sends('teacher', 30, both(10, 13));
    happens(10.1, { type: 'crashed', message: 'the page died' });
    expect(play(30)).toEqual(['capture: no media from 10.0 to 13.0 (crash), all anchors']);
  });
});

test('slow senders and still screens are silent without a line', () => {
  for (let at = 0; at < 30; at += 1)
    items.push({ at, frame: { userId: 'a', stream: 'main', kind: 'video', receivedAt: T0 + at * 1000 } as Frame });
  for (let at = 0; at < 10; at += 0.1)
    items.push({ at, frame: { userId: 'a', stream: 'sub', kind: 'video', receivedAt: T0 + at * 1000 } as Frame });
  for (let at = 0; at < 30; at += 0.4)
    items.push({ at, frame: { userId: 'b', stream: 'main', kind: 'audio', receivedAt: T0 + at * 1000 } as Frame });
  expect(play(30)).toEqual([]);
});
