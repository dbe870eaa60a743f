import type { GapCause } from '@trtc-recorder/contracts';

/** A time without media, as the job's log reports it. */
export interface ReportedGap {
  /** ms since the Unix epoch. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly cause: GapCause;
  /** Left out: of all anchors. */
  readonly userId?: string | undefined;
  /** `main video`; left out: all of the anchor's. */
  readonly track?: string | undefined;
}

const time = (ms: number): string => new Date(ms).toISOString();

/** User ids are quoted as JSON, so that none of them can forge a line. */
const whose = ({ userId, track }: Pick<ReportedGap, 'userId' | 'track'>): string => {
  if (userId === undefined) return 'all anchors';
  return `anchor ${JSON.stringify(userId)}${track === undefined ? '' : `, ${track}`}`;
};

export const gapLine = (gap: ReportedGap): string =>
  `capture: no media from ${time(gap.sinceMs)} to ${time(gap.untilMs)} (${gap.cause}), ${whose(gap)}`;

export const sinceLine = (gap: Omit<ReportedGap, 'untilMs'>): string =>
  `capture: no media since ${time(gap.sinceMs)} (${gap.cause}), ${whose(gap)}`;
