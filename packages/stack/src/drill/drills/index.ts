import type { Drill } from '../drill.ts';
import { browserKill } from './browser-kill.ts';
import { callbackOutage } from './callback-outage.ts';
import { cosCorrupting } from './cos-corrupting.ts';
import { cosDown } from './cos-down.ts';
import { cosFlaky } from './cos-flaky.ts';
import { diskFull } from './disk-full.ts';
import { handover } from './handover.ts';
import { killWorker } from './kill-worker.ts';
import { machineLost } from './machine-lost.ts';
import { notifierKill } from './notifier-kill.ts';
import { redisRestart } from './redis-restart.ts';
import { workerHang } from './worker-hang.ts';

/** Every drill there is, in the order they are run. */
export const drills: readonly Drill[] = [
  killWorker,
  machineLost,
  workerHang,
  handover,
  browserKill,
  redisRestart,
  cosDown,
  cosFlaky,
  cosCorrupting,
  diskFull,
  callbackOutage,
  notifierKill,
];
