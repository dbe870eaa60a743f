import { misses } from './aims.ts';
import type { Measured, Row } from './row.ts';

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10);

/** A row as `--json` prints it. */
export const measured = (row: Row): Measured => ({
  case: row.case,
  skewP50Ms: rounded(row.skewP50Ms),
  skewP95Ms: rounded(row.skewP95Ms),
  skewMaxMs: rounded(row.skewMaxMs),
  eventsExpected: row.eventsExpected,
  eventsPresent: row.eventsPresent,
  durationErrorMs: rounded(row.durationErrorMs),
  decodeErrors: row.decodeErrors,
  copiedFrames: row.copiedFrames,
  dominantFrames: row.dominantFrames,
  alignmentErrorMs: rounded(row.alignmentErrorMs),
  accountErrorMs: rounded(row.accountErrorMs),
});

const HEAD = [
  'case',
  'skew p50',
  'p95',
  'max',
  'events',
  'duration',
  'complaints',
  'bit-exact',
  'aligned',
  'account',
  'cadence',
];

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(1));

/** The duration's error, and how much of it is at the beginning and at the end. */
const span = ({ durationErrorMs, beginsLateMs, endsLateMs }: Row): string =>
  beginsLateMs === null
    ? figure(durationErrorMs)
    : `${figure(durationErrorMs)} (${figure(beginsLateMs)}, ${figure(endsLateMs)})`;

const cells = (row: Row): string[] => [
  row.case,
  ...[row.skewP50Ms, row.skewP95Ms, row.skewMaxMs].map(figure),
  `${row.eventsPresent}/${row.eventsExpected}`,
  span(row),
  String(row.decodeErrors),
  row.copiedFrames === null ? '–' : `${row.copiedFrames}/${row.dominantFrames ?? 0}`,
  figure(row.alignmentErrorMs),
  figure(row.accountErrorMs),
  row.cadenceP50Ms === null ? '–' : `${figure(row.cadenceP50Ms)}–${figure(row.cadenceP95Ms)}`,
];

/** The rows as a table for people, in Markdown; times in ms. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [head = '', ...body] = lines.map(format);
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [head, rule, ...body].join('\n');
}

const place = ({ userId, track, second }: Row['missing'][number]): string => `${userId} ${track} ${second} s`;

/** One line for every aim that was missed. */
export const complaints = (rows: readonly Row[]): string[] =>
  rows.flatMap((row) => {
    const missing = row.missing.length === 0 ? '' : ` (missing: ${row.missing.map(place).join(', ')})`;
    return misses(row).map((miss) => `${row.case}: ${miss}${miss.startsWith('events') ? missing : ''}`);
  });
