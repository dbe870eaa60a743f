export { counter, gauge, histogram, type MetricCatalogue, type MetricEntry, type MetricKind } from './catalogue.ts';
export { createMetrics, type Instruments, type Metrics } from './metrics.ts';
export { startStatusServer, type StatusServer, type StatusServerOptions } from './status-server.ts';
