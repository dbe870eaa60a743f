export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** One metric of a process. docs/metrics.md is written from these entries. */
export interface MetricEntry<Kind extends MetricKind = MetricKind, Label extends string = string> {
  readonly kind: Kind;
  /** As Prometheus sees it, with the unit at its end. */
  readonly name: string;
  /** What it counts; it is in the page and in every scrape. */
  readonly help: string;
  /** Few values each, all of them ours: never a user's name, a room or a RequestId. */
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** All metrics of one process, by the name the code has for them. */
export type MetricCatalogue = Readonly<Record<string, MetricEntry>>;

const PREFIX = 'trtc_recorder_';

export const counter = <L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricEntry<'counter', L> => ({ kind: 'counter', name: `${PREFIX}${name}_total`, help, labels });

export const gauge = <L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricEntry<'gauge', L> => ({ kind: 'gauge', name: PREFIX + name, help, labels });

export const histogram = <L extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels: readonly L[] = [],
): MetricEntry<'histogram', L> => ({ kind: 'histogram', name: PREFIX + name, help, labels, buckets });
