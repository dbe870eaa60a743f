import type { Finding } from '@trtc-recorder/contracts';
import { durationMs, type FilePlan } from '../plan/file-plan.ts';
import { hasLengthHeader, isFastStart, topLevelBoxes } from './boxes.ts';
import type { Probe } from './streams.ts';

/** A file may be longer or shorter than planned by this: codec frames are up to 26 ms, decoder delay up to 50 ms. */
export const DURATION_TOLERANCE_MS = 100;

/** What of a plan a file is checked against. */
export type Expected = Pick<FilePlan, 'container' | 'startMs' | 'endMs' | 'audio' | 'video'>;

export const checkContainer = async (path: string, { container }: Expected): Promise<Finding[]> => {
  if (container === 'mp3') {
    const Message = 'The MP3 has no length header: a player estimates its length.';
    return (await hasLengthHeader(path)) ? [] : [{ Code: 'LengthHeaderMissing', Message }];
  }
  const Message = 'The index comes after the media: a player needs the whole file before it starts.';
  return isFastStart(await topLevelBoxes(path)) ? [] : [{ Code: 'IndexAfterMedia', Message }];
};

const expectedCodecs = (plan: Expected): string[] => [
  ...(plan.video.length > 0 ? ['h264'] : []),
  ...(plan.audio.length > 0 ? [plan.container === 'mp3' ? 'mp3' : 'aac'] : []),
];

export const checkStreams = ({ streams }: Probe, plan: Expected): Finding[] => {
  const expected = expectedCodecs(plan);
  const found = streams.map((stream) => stream.codec_name);
  return [
    ...expected
      .filter((codec) => !found.includes(codec))
      .map((codec): Finding => ({ Code: 'StreamMissing', Message: `The file has no ${codec} stream.` })),
    ...found
      .filter((codec) => !expected.includes(codec))
      .map((codec): Finding => ({ Code: 'StreamUnexpected', Message: `The file has a ${codec} stream.` })),
  ];
};

export const checkOrder = ({ streams, packets }: Probe): Finding[] =>
  streams.flatMap(({ index, codec_name: codec }): Finding[] => {
    const disordered = packets.get(index)?.disordered ?? 0;
    const Message = `${disordered} ${codec} packets are not in the order of their decoding times.`;
    return disordered === 0 ? [] : [{ Code: 'PacketsOutOfOrder', Message }];
  });

/** Every stream reaches from the file's start to its end: gaps within are filled. `endMs` is the decoded end of an MP3. */
export const checkDuration = ({ streams, packets }: Probe, plan: Expected, decodedEndMs: number): Finding[] => {
  const plannedMs = Math.round(durationMs(plan));
  const isOff = (foundMs: number, expectedMs: number) => Math.abs(foundMs - expectedMs) > DURATION_TOLERANCE_MS;
  return streams.flatMap(({ index, codec_name: codec }): Finding[] => {
    const facts = packets.get(index);
    if (facts === undefined) return [];
    const startMs = Math.max(0, Math.round(facts.firstMs));
    const endMs = Math.max(0, Math.round(plan.container === 'mp3' ? decodedEndMs : facts.endMs));
    const late = `The ${codec} stream starts at ${startMs} ms.`;
    const wrong = `The ${codec} stream ends at ${endMs} ms, not at ${plannedMs} ms.`;
    const [from = 0, to = 0] = [endMs, plannedMs].sort((a, b) => a - b);
    return [
      ...(isOff(facts.firstMs, 0)
        ? [{ Code: 'StreamStartsLate' as const, Message: late, StartMs: 0, EndMs: startMs }]
        : []),
      ...(isOff(endMs, plannedMs)
        ? [{ Code: 'StreamLengthWrong' as const, Message: wrong, StartMs: from, EndMs: to }]
        : []),
    ];
  });
};
