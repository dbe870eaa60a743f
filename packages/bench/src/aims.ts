import type { Row } from './row.ts';

/** What every case is held to. */
export const AIMS = {
  skewP95Ms: 40,
  skewMaxMs: 80,
  /** Share of the events that must be present. */
  events: 0.99,
  durationErrorMs: 100,
  /** Share of the pictures of the prevailing size that must be bit-exact, where sizes change. */
  copied: 0.95,
  alignmentErrorMs: 20,
  /** File and gaps together are the published time, for audio and for video. */
  accountErrorMs: 100,
} as const;

/** The cases in which pictures of another size or codec stand beside those that are copied. */
const CHANGING: ReadonlySet<string> = new Set(['size-ramp']);

const over = (name: string, value: number | null, limit: number): string[] =>
  value === null || value <= limit ? [] : [`${name} ${value.toFixed(1)} ms, aim ${limit} ms`];

const share = (name: string, part: number, whole: number, least: number): string[] =>
  part >= whole * least ? [] : [`${name} ${part} of ${whole}, aim ${least * 100} %`];

const copied = ({ case: name, copiedFrames, dominantFrames }: Row): string[] => {
  if (!CHANGING.has(name)) return [];
  if (copiedFrames === null || dominantFrames === null) return ['no picture was copied'];
  return share('bit-exact pictures', copiedFrames, dominantFrames, AIMS.copied);
};

/** The aims that a row misses, in words. */
export const misses = (row: Row): string[] => [
  ...row.failures,
  ...(row.eventsExpected === 0 && row.failures.length === 0 ? ['nothing was expected'] : []),
  ...over('skew p95', row.skewP95Ms, AIMS.skewP95Ms),
  ...over('skew max', row.skewMaxMs, AIMS.skewMaxMs),
  ...share('events present', row.eventsPresent, row.eventsExpected, AIMS.events),
  ...over('duration error', row.durationErrorMs, AIMS.durationErrorMs),
  ...(row.decodeErrors === 0 ? [] : [`ffmpeg complains in ${row.decodeErrors} lines`]),
  ...copied(row),
  ...over('alignment error', row.alignmentErrorMs, AIMS.alignmentErrorMs),
  ...over('account error', row.accountErrorMs, AIMS.accountErrorMs),
];
