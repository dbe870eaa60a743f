import { readdir, readFile } from 'node:fs/promises';

/** One living process of this machine, as Linux's /proc has it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its process group. */
  readonly group: number;
  readonly command: string;
  /** CPU seconds used so far, by itself. */
  readonly cpu: number;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

async function readProcess(pid: string): Promise<Process[]> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
    // The name in parentheses may hold spaces; the fields after it are counted from there.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const at = (index: number) => Number(fields[index]);
    if (fields[0] === 'Z') return [];
    return [{ pid: Number(pid), parent: at(1), group: at(2), command, cpu: (at(11) + at(12)) / TICKS_PER_SECOND }];
  } catch {
    // It ended meanwhile.
    return [];
  }
}

/** All living processes of this machine; Linux only. */
export async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map(readProcess))).flat();
}

/** The processes of one process group, such as a Chromium of ours. */
export const groupOf = async (group: number): Promise<Process[]> =>
  (await processes()).filter((process) => process.group === group);

/** The main processes of the Chromiums that a process started for recording. */
export const chromiumsOf = async (pid: number): Promise<Process[]> =>
  (await processes()).filter(({ parent, command }) => parent === pid && command.includes('--remote-debugging-pipe'));

/** Memory of processes, each shared page counted by its share: bytes. */
export async function proportionalMemory(list: readonly Process[]): Promise<number> {
  const sizes = await Promise.all(
    list.map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
