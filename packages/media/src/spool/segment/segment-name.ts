/** Segments are files with numbers: nothing a user chose is ever part of a path. */
export const segmentFile = (segment: number): string => `${String(segment).padStart(6, '0')}.mkv`;

/** While it is written, and until it is recovered when the writer was killed. */
export const PART = '.part';

/** The number of a segment's file, closed or not. */
export const segmentNumber = (name: string): number | undefined => {
  const match = /^(\d{6,})\.mkv(?:\.part)?$/.exec(name);
  return match === null ? undefined : Number(match[1]);
};
