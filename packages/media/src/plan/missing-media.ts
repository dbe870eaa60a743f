import type { GapCause, Kind, Quality } from '@trtc-recorder/contracts';
import { coveredMs, lengthMs, subtract, within, type Stretch } from '../timeline/stretch.ts';
import type { Gap } from '../timeline/gap-list.ts';
import type { FilePlan } from './file-plan.ts';

/** A time of which the audio or the video cannot be used. */
export interface Damage extends Stretch {
  readonly kind: Kind;
}

/** The anchor's own doing: nothing was sent that could be lost. */
const INTENDED: ReadonlySet<GapCause> = new Set(['muted', 'left']);

export const isLoss = ({ cause }: Pick<Gap, 'cause'>): boolean => !INTENDED.has(cause);

type Missing = Pick<Quality, 'LostMs' | 'HeldMs' | 'SilenceMs'>;

/** Sums of one list: what the file misses, and what it shows and plays instead. */
export const missingMedia = (
  { startMs, endMs, audio, video }: Pick<FilePlan, 'startMs' | 'endMs' | 'audio' | 'video'>,
  gaps: readonly Gap[],
): Missing => {
  const file = { startMs, endMs };
  const insideOf = (kind: Kind): Stretch[] =>
    within(
      gaps.filter((gap) => gap.kind === kind),
      file,
    );
  return {
    LostMs: Math.round(coveredMs(gaps.filter(isLoss))),
    HeldMs: video.length === 0 ? 0 : Math.round(coveredMs(insideOf('video'))),
    SilenceMs: audio.length === 0 ? 0 : Math.round(coveredMs([...insideOf('audio'), ...aroundAudio(file, audio)])),
  };
};

/** The times of a file before its audio begins and after it ends. */
const aroundAudio = (file: Stretch, audio: FilePlan['audio']): Stretch[] =>
  [
    { startMs: file.startMs, endMs: audio[0]?.startMs ?? file.endMs },
    { startMs: audio.reduce((last, { endMs }) => Math.max(last, endMs), -Infinity), endMs: file.endMs },
  ].filter((stretch) => lengthMs(stretch) > 0);

/** The duration of a file's gaps by kind and cause, ms. */
export const durationsByCause = (gaps: readonly Gap[]): ReadonlyMap<Kind, ReadonlyMap<GapCause, number>> => {
  const sums = new Map<Kind, Map<GapCause, number>>();
  for (const gap of gaps) {
    const ofKind = sums.get(gap.kind) ?? new Map<GapCause, number>();
    sums.set(gap.kind, ofKind.set(gap.cause, (ofKind.get(gap.cause) ?? 0) + lengthMs(gap)));
  }
  return sums;
};

/** The plan's gaps with what could not be decoded besides, each moment once. */
export const withDamage = (plan: Pick<FilePlan, 'gaps' | 'startMs' | 'endMs'>, damage: readonly Damage[]): Gap[] => {
  const found = (['audio', 'video'] as const).flatMap((kind) => {
    const damaged = within(
      damage.filter((each) => each.kind === kind),
      plan,
    );
    const known = plan.gaps.filter((gap) => gap.kind === kind);
    return subtract(damaged, known).map((each) => ({ ...each, kind, cause: 'undecodable' as const }));
  });
  return [...plan.gaps, ...found].sort((a, b) => a.startMs - b.startMs);
};
