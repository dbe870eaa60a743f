import { withTimeout, type Logger } from '@trtc-recorder/runtime';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricCatalogue, MetricEntry } from './catalogue.ts';

type Instrument<E> =
  E extends MetricEntry<'counter', infer L>
    ? Counter<L>
    : E extends MetricEntry<'gauge', infer L>
      ? Gauge<L>
      : E extends MetricEntry<'histogram', infer L>
        ? Histogram<L>
        : never;

/** What the code counts with, by the names of its catalogue. */
export type Instruments<C extends MetricCatalogue> = { readonly [K in keyof C]: Instrument<C[K]> };

/** The metrics of one process. */
export interface Metrics<C extends MetricCatalogue = MetricCatalogue> {
  readonly instruments: Instruments<C>;
  readonly contentType: string;
  /** Has `refresh` set what is not counted as it happens, before each scrape. It may fail: the old values stay. */
  readonly beforeScrape: (refresh: () => void | Promise<void>) => void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
}

/** A scrape never waits longer for one refresh: Redis may be away, ms. */
const REFRESH_WITHIN_MS = 2_000;

/** Makes what `catalogue` has, beside Node's own (`process_*`, `nodejs_*`: memory, CPU, lag of the event loop). */
export function createMetrics<C extends MetricCatalogue>(catalogue: C, logger: Logger): Metrics<C> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refreshes: (() => void | Promise<void>)[] = [];
  const instruments = Object.fromEntries(
    Object.entries(catalogue).map(([key, entry]) => [key, instrument(entry, registry)]),
  ) as unknown as Instruments<C>;
  const refresh = async (): Promise<void> => {
    const tooLate = () => new Error(`not refreshed within ${REFRESH_WITHIN_MS} ms`);
    const all = refreshes.map(async (one) => withTimeout(Promise.resolve(one()), REFRESH_WITHIN_MS, tooLate));
    for (const outcome of await Promise.allSettled(all))
      if (outcome.status === 'rejected') logger.warn({ err: outcome.reason as unknown }, 'a metric is not up to date');
  };
  return {
    instruments,
    contentType: registry.contentType,
    beforeScrape: (one) => void refreshes.push(one),
    text: async () => {
      await refresh();
      return registry.metrics();
    },
  };
}

function instrument({ kind, name, help, labels, buckets }: MetricEntry, registry: Registry) {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (kind === 'counter') return new Counter(options);
  if (kind === 'gauge') return new Gauge(options);
  return new Histogram({ ...options, ...(buckets && { buckets: [...buckets] }) });
}
