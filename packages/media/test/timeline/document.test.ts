import { expect, test } from '@jest/globals';
import { TimelineDocumentSchema } from '@trtc-recorder/contracts';
import { planFiles } from '../../src/plan/plan-files.ts';
import { timelineDocument } from '../../src/timeline/document.ts';
import { buildTimeline } from '../../src/timeline/timeline.ts';
import { JournalBuilder, T0 } from '../helpers/journal.ts';

const journal = new JournalBuilder()
  .take(0)
  .enter('ann', 1)
  .mute('ann', 'audio', 1, false)
  .media({ from: 1, to: 25 })
  .gap(3, 3.5)
  .gap(3.9, 4)
  .gap(6, 7)
  .mute('ann', 'audio', 25, true)
  .mute('ann', 'audio', 32, false)
  .media({ from: 32, to: 40 })
  .media({ codec: 'h264', from: 2, to: 4, size: [320, 180] })
  .media({ codec: 'h264', from: 4, to: 40, size: [1280, 720] })
  .exit('ann', 40)
  .enter('ann', 80)
  .mute('ann', 'audio', 80, false)
  .media({ from: 80, to: 90 })
  .takeEnd(95);

const second = (ms: number): number => Math.round((ms - T0) / 100) / 10;

test('the document tells what happened when, and keeps to its schema', () => {
  const file = { UserId: 'ann', StreamType: 'main' as const, RecordFile: '', StartMs: T0 + 1000, EndMs: T0 + 40_000 };
  const document = timelineDocument(buildTimeline(journal.entries), {
    requestId: 'r1',
    reason: 'stopped',
    files: [file],
  });
  expect(TimelineDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  expect(document.Takes).toEqual([{ Take: 1, StartMs: T0, EndMs: T0 + 95_000, Reason: 'stopped' }]);
  const [stream] = document.Anchors[0]!.Streams;
  const spans = stream!.Tracks.flatMap((track) =>
    track.Spans.map((span) => [track.Kind, second(span.StartMs), second(span.EndMs), span.Width]),
  );
  expect(spans).toEqual([
    ['audio', 1, 25, undefined],
    ['audio', 32, 40, undefined],
    ['video', 2, 4, 320],
    ['video', 4, 40, 1280],
    ['audio', 80, 90, undefined],
  ]);
  expect(stream!.Mutes.map(({ Kind, StartMs, EndMs }) => [Kind, second(StartMs), second(EndMs)])).toEqual([
    ['audio', 25, 32],
  ]);
  expect(stream!.Absences.map(({ StartMs, EndMs }) => [second(StartMs), second(EndMs)])).toEqual([[40, 80]]);
  expect(
    stream!.Tracks[0]!.Gaps.map(({ StartMs, EndMs, Cause, LostMs }) => [
      second(StartMs),
      second(EndMs),
      Cause,
      Math.round(LostMs),
    ]),
  ).toEqual([
    [4, 5, 'lost', 600],
    [7, 8, 'lost', 1000],
  ]);
});

test('pictures of which none could be kept are a track without spans, and lost', () => {
  const { entries } = new JournalBuilder().take(0).media({ from: 0, to: 20 }).media({ codec: 'h264', from: 5, to: 20 });
  const journal = entries.filter((entry) => entry.type !== 'segment' || entry.codec === 'opus');
  const dropped = { fromRtp: 0, toRtp: 15 * 90_000, cause: 'no-key-frame' as const, dropped: 225 };
  journal.push({ type: 'gap', at: T0 + 20_000, track: 2, ...dropped });
  const [stream] = timelineDocument(buildTimeline(journal), { requestId: 'r1', files: [] }).Anchors[0]!.Streams;
  expect(stream!.Tracks[1]).toMatchObject({ Kind: 'video', Spans: [], Gaps: [{ Cause: 'no-key-frame' }] });
  expect([stream!.Tracks[1]!.StartMs, stream!.Tracks[1]!.EndMs].map(second)).toEqual([5, 20]);
  const [plan] = planFiles(journal, { mode: '02' });
  expect(plan!.gaps.map(({ startMs, endMs }) => [second(startMs), second(endMs)])).toEqual([[5, 20]]);
});
