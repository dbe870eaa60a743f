import { expect, test } from '@jest/globals';
import { finish } from '@trtc-recorder/runtime';
import { readLedger } from '../../src/timeline/ledger.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

test('arrivals show until when a killed take received, also of a track of which nothing could be kept', () => {
  const { entries } = new JournalBuilder().take(0).publish('ann', 0);
  const sender = { userId: 'ann', stream: 'main', kind: 'video', codec: 'h264' } as const;
  entries.push(
    { type: 'track', at: T0, take: 1, track: 1, ...sender, clockRate: 90_000, ssrc: 1, tap: 1 },
    { type: 'arrivals', at: T0 + 9_000, track: 1, rtp: 0, receivedAt: T0, until: T0 + 9_000, ticks: 0, frames: [0] },
  );
  expect(finish(readLedger(entries)).takes).toMatchObject([{ lastSeenMs: T0 + 9_000, endMs: T0 + 9_000 }]);
});
