import { median } from '../clock/statistics.ts';
import type { JournalEntryOf } from '../spool/journal/journal-entry.ts';
import type { Run } from './ledger.ts';

/** A frame's length where nothing shows it: 20 ms of Opus, a thirtieth of a second of video. */
const DEFAULT_MS = { audio: 20, video: 1000 / 30 };
/** A slower stream's last frame lasts until its publication ends (held-frames.ts). */
export const MAX_LAST_FRAME_MS = 500;

/** A segment's usual interval between frames in ticks; journals of earlier versions show their mean. */
const usualTicksOf = ({ usualTicks, frames, firstRtp, lastRtp }: JournalEntryOf<'segment'>): number | undefined =>
  usualTicks ?? (frames < 2 ? undefined : (lastRtp - firstRtp) / (frames - 1));

/** The usual interval between the frames of a run, ms. Gaps don't count: it is the median. */
export const usualIntervalMs = ({ track, segments }: Run): number => {
  const { kind, clockRate } = track;
  const known = segments.flatMap((segment) => usualTicksOf(segment) ?? []);
  return known.length === 0 ? DEFAULT_MS[kind] : (median(known) * 1000) / clockRate;
};

/** Timestamps of audio are off by less than this; a larger difference is of packets of several lengths, or of silence not sent. */
const MOST_OFF = 0.12;

/**
 * How many samples of 48 kHz one tick of an audio segment's timestamps stands for; undefined where it is one, as it has to
 * be. A sender whose packets of 960 samples are 931 ticks apart has a wrong RTP clock, and a sound card that is right.
 */
export const samplesPerTickOf = ({ frameTicks, usualTicks }: JournalEntryOf<'segment'>): number | undefined => {
  if (frameTicks === undefined || usualTicks === undefined || usualTicks === 0) return undefined;
  const ratio = frameTicks / usualTicks;
  return ratio !== 1 && Math.abs(ratio - 1) < MOST_OFF ? ratio : undefined;
};

/** How long a segment's last frame lasts, ms: the packet's length, or the usual interval of the video. */
export const lastFrameMs = (run: Run, segment: JournalEntryOf<'segment'>): number => {
  const { kind, clockRate } = run.track;
  if (kind === 'audio') return ((segment.frameTicks ?? (DEFAULT_MS.audio * clockRate) / 1000) * 1000) / clockRate;
  const own = usualTicksOf(segment);
  return Math.min(own === undefined ? usualIntervalMs(run) : (own * 1000) / clockRate, MAX_LAST_FRAME_MS);
};
