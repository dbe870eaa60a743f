export { misses } from './aims.ts';
export { playCase, setStage } from './bench.ts';
export type { BenchCase } from './case.ts';
export { CASES } from './cases.ts';
export { HOUR_CASE, simulateHour } from './hour/hour.ts';
export type { Row } from './row.ts';
export type { Stage } from './run-case.ts';
