import type { MetricCatalogue, MetricEntry } from '@trtc-recorder/metrics';
import { apiMetrics } from '../../../apps/api/src/metrics.ts';
import { notifierMetrics } from '../../../apps/notifier/src/metrics.ts';
import { workerMetrics } from '../../../apps/worker/src/metrics/catalogue.ts';
import { cell, table } from './held-equal.ts';

const INTRODUCTION = `# Metrics

Each process tells its own in Prometheus' text format. Nothing in it is a secret; no label holds a user, a room or a
RequestId.

| process  | where                                                                                     |
| -------- | ----------------------------------------------------------------------------------------- |
| api      | \`GET /metrics\` on \`API_PORT\`, with a token like every other route                       |
| worker   | \`GET /metrics\` on \`METRICS_HOST\`:\`METRICS_PORT\`, without a login; none without the port |
| notifier | the same                                                                                  |

Beside \`/metrics\` the two have \`/healthz\`, 200 while the process lives, and \`/readyz\`, 503 with a \`Reason\` while it
cannot work: Redis does not answer, or a worker has no room on its disk for a further recording. A worker that is not
ready goes on with the recordings it has, so restart one by \`/healthz\`, never by \`/readyz\`. In the images the port is
9464 on all addresses of the container; \`docker-compose.yml\` publishes it nowhere.

What tells of trouble: \`queue_oldest_waiting_seconds\` that grows (too few workers, or full disks),
\`recordings_ended_total{reason="failed"}\` and \`{reason="spool_full"}\`, \`uploads_total{outcome="failed"}\`,
\`callbacks_given_up\`, \`browser_starts_total\` beyond two a worker (one with \`SPARE_BROWSER=no\`), and \`nodejs_eventloop_lag_p99_seconds\` above a second:
a worker that is so late loses its recordings to another.

Each process has prom-client's default metrics besides, \`process_*\` and \`nodejs_*\`: CPU, memory, open files, lag of the
event loop, garbage collection.

This page is written from the processes' catalogues by \`npm run docs\`; a test holds the two equal.`;

export const catalogues: Readonly<Record<'api' | 'worker' | 'notifier', MetricCatalogue>> = {
  api: apiMetrics,
  worker: workerMetrics,
  notifier: notifierMetrics,
};

/** docs/metrics.md */
export const metricsPage = (): string =>
  `${[INTRODUCTION, ...Object.entries(catalogues).map(([name, catalogue]) => section(name, catalogue))].join('\n\n')}\n`;

const section = (name: string, catalogue: MetricCatalogue): string =>
  `## ${name}\n\n${table(['Metric', 'Type', 'Labels', 'Meaning'], Object.values(catalogue).map(row))}`;

const row = ({ name, kind, labels, help }: MetricEntry): string[] => [
  `\`${name}\``,
  kind,
  labels.map((label) => `\`${label}\``).join(' '),
  cell(help),
];
