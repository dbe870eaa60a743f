/** `@trtc-recorder/room/bench`: what a recorded anchor costs. Not used in production. */
export { BENCH_KINDS, benchRoom, type BenchKind, type BenchOptions, type BenchResult } from './bench-room.ts';
export { chromiumsOf, groupOf, processes, type Process } from './processes.ts';
