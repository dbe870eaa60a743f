import type { ExpectedEvent } from './expected.ts';

/** What was measured in a case; null where there is nothing to measure. */
export interface Measured {
  readonly case: string;
  /** Distance of each flash from its beep, without sign. */
  readonly skewP50Ms: number | null;
  readonly skewP95Ms: number | null;
  readonly skewMaxMs: number | null;
  /** Flashes and beeps, each counted, that were sent outside commanded mutes and absences. */
  readonly eventsExpected: number;
  readonly eventsPresent: number;
  /** Of the file that is furthest from what was sent. */
  readonly durationErrorMs: number | null;
  /** Lines that ffmpeg complains in. */
  readonly decodeErrors: number;
  /** H264 pictures of the file's own size: those that are in it bit for bit, and those that were sent. */
  readonly copiedFrames: number | null;
  readonly dominantFrames: number | null;
  /** Between the files of the case, by their timeline. */
  readonly alignmentErrorMs: number | null;
  /** Of the worst track: by how much its file and its gaps together differ from what was sent. */
  readonly accountErrorMs: number | null;
}

export interface Row extends Measured {
  /** Of the same file, by the timeline: when it begins and ends against what was sent. */
  readonly beginsLateMs: number | null;
  readonly endsLateMs: number | null;
  /** Time between pictures. */
  readonly cadenceP50Ms: number | null;
  readonly cadenceP95Ms: number | null;
  /** Files that failed, and why. */
  readonly failures: readonly string[];
  /** Where an event is missing. */
  readonly missing: readonly ExpectedEvent[];
}

/** A row of a case that could not be played or read. */
export const failedRow = (name: string, why: string): Row => ({
  case: name,
  skewP50Ms: null,
  skewP95Ms: null,
  skewMaxMs: null,
  eventsExpected: 0,
  eventsPresent: 0,
  durationErrorMs: null,
  decodeErrors: 0,
  copiedFrames: null,
  dominantFrames: null,
  alignmentErrorMs: null,
  accountErrorMs: null,
  beginsLateMs: null,
  endsLateMs: null,
  cadenceP50Ms: null,
  cadenceP95Ms: null,
  failures: [why],
  missing: [],
});
