import { describe, expect, test } from '@jest/globals';
import { audioRate } from '../../src/plan/audio-rate.ts';
import { planFiles } from '../../src/plan/plan-files.ts';
import type { Piece } from '../../src/plan/file-plan.ts';
import type { JournalEntry } from '../../src/spool/journal/journal-entry.ts';
import { ArrivalRecorder } from '../../src/spool/take/arrival-recorder.ts';
import { T0 } from '../helpers/journal.ts';

interface SoundCard {
  /** ms between two packets. */
  readonly packetMs: number;
  /** Ticks between the timestamps of two packets; each holds 960 samples. */
  readonly ticks: number;
  readonly usualTicks?: number;
  readonly frameTicks?: number;
}

/** The audio of a file whose sender sends packets of 960 samples for 30 s. */
function audioOf({ packetMs, ticks, usualTicks = Math.round(ticks), frameTicks = 960 }: SoundCard): readonly Piece[] {
  const count = Math.floor(30_000 / packetMs);
  const rtp = (index: number) => 5_000 + Math.round(index * ticks);
  const journal: JournalEntry[] = [
    { at: 0, type: 'recording', version: 1 },
    { at: T0, type: 'take', take: 1, worker: 'w', mode: '00' },
    {
      ...{ at: T0, type: 'track', take: 1, track: 1, userId: 'ann', stream: 'main', kind: 'audio', codec: 'opus' },
      ...{ clockRate: 48_000, ssrc: 1, tap: 1 },
    },
  ];
  const recorder = new ArrivalRecorder(48_000, (line) =>
    journal.push({ type: 'arrivals', at: line.receivedAt, track: 1, ...line }),
  );
  for (let index = 0; index < count; index += 1)
    recorder.add({ rtp: rtp(index), receivedAt: T0 + index * packetMs, sequence: index, ticks: 960 });
  recorder.end();
  journal.push({
    ...{ at: T0 + 30_000, type: 'segment', track: 1, segment: 1, file: '1.mkv', codec: 'opus', bytes: 1 },
    ...{ firstRtp: rtp(0), lastRtp: rtp(count - 1), frames: count, keyFrames: count, frameTicks, usualTicks },
  });
  const [plan] = planFiles(journal, { mode: '00' });
  return plan?.audio ?? [];
}

describe('the rate at which audio was sampled', () => {
  test.each<[string, SoundCard, number]>([
    ['a right sender', { packetMs: 20, ticks: 960 }, 48_000],
    ['a sound card 3 % slow', { packetMs: 20 / 0.97, ticks: 960 }, 46_560],
    ['a sound card 10 % fast', { packetMs: 20 / 1.1, ticks: 960 }, 52_800],
    ['timestamps 3 % slow', { packetMs: 20, ticks: 960 * 0.97 }, 48_000],
    ['timestamps 10 % fast', { packetMs: 20, ticks: 1056 }, 48_000],
    ['timestamps 10 % slow', { packetMs: 20, ticks: 864 }, 48_000],
    ['a sound card 3 % slow and timestamps that are right', { packetMs: 20 / 0.97, ticks: 960 / 0.97 }, 46_560],
    ['silence that is not sent', { packetMs: 20, ticks: 960, usualTicks: 19_200 }, 48_000],
    ['a last packet of another length', { packetMs: 20, ticks: 960, frameTicks: 2_880 }, 48_000],
  ])('%s', (_, card, hz) => {
    const { playedAtHz, varies } = audioRate(audioOf(card));
    expect(Math.abs(playedAtHz / hz - 1)).toBeLessThan(0.001);
    expect(varies).toBeLessThan(0.003);
  });
});
