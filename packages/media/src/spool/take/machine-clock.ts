import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A reading of a clock that can't be set. */
export interface MachineClock {
  /** Which start of the machine the clock counts from; readings of one `boot` can be compared. */
  readonly boot: string;
  /** Ms since then. */
  readonly upMs: number;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Where the system has no boot id, readings of one process can be compared. */
const readBoot = (): string => {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return randomUUID();
  }
};

let boot: string | undefined;

/** CLOCK_MONOTONIC, which all processes of a machine share. */
export const readMachineClock = (): MachineClock => ({
  boot: (boot ??= readBoot()),
  upMs: Number(process.hrtime.bigint()) / 1e6,
});
