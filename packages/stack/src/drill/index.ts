export type { Account, Summary } from './account.ts';
export { drills } from './drills/index.ts';
export type { Aims, Drill } from './drill.ts';
export { readable } from './print.ts';
export { runDrill, type RunOptions } from './run-drill.ts';
