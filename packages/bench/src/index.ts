export { misses } from './aims.ts';
export { playCase, setStage } from './bench.ts';
export { CASES } from './cases.ts';
export type { Row } from './row.ts';
