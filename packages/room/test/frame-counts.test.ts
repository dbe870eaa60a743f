import { expect, test } from '@jest/globals';
import { FrameCounts } from '../page/frame-counts.ts';

test('frames are counted for each receiver and sender, and a change of sender begins a run', () => {
  const counts = new FrameCounts();
  expect([counts.add(3, 1), counts.add(3, 1), counts.add(3, 2), counts.add(3, 1), counts.add(4, 1)]).toEqual([
    true,
    false,
    true,
    true,
    true,
  ]);
  expect(counts.all).toEqual([
    {
      tap: 3,
      ssrc: 1,
      frames: 4,
      senders: [
        { ssrc: 2, frames: 1 },
        { ssrc: 1, frames: 3 },
      ],
    },
    { tap: 4, ssrc: 1, frames: 1, senders: [{ ssrc: 1, frames: 1 }] },
  ]);
});

test('only the latest senders of a receiver are kept, however often it is reused', () => {
  const counts = new FrameCounts();
  for (let ssrc = 1; ssrc <= 100; ssrc += 1) counts.add(3, ssrc);
  expect(counts.all[0]).toMatchObject({ ssrc: 100, frames: 100 });
  expect(counts.all[0]!.senders.map(({ ssrc }) => ssrc)).toEqual([97, 98, 99, 100]);
});
