import { processes, type Process } from '@trtc-recorder/room/bench';
import { waitFor } from '../wait-for.ts';

/** Remembers every process that came of this one, so that one that outlives them all is found, whoever has adopted it. */
export interface ProcessWatch {
  /** Ends the watch: those still there after a moment of grace. */
  survivors(): Promise<string[]>;
  /** Whether a process was one of them. */
  readonly had: (pid: number) => boolean;
}

const EVERY_MS = 1_000;
/** A Chromium whose worker was killed needs a moment to notice, ms. */
const GRACE_MS = 5_000;

export function watchProcesses(rootPid: number): ProcessWatch {
  const known = new Map<number, string>();
  const look = async (): Promise<void> => {
    for (const { pid, command } of descendants(await processes(), rootPid, known)) known.set(pid, command);
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  const left = async (): Promise<string[]> =>
    (await processes())
      .filter(({ pid, command }) => known.get(pid) === command)
      .map(({ pid, command }) => `process ${pid} ${command.slice(0, 80)}`);
  return {
    survivors: async () => {
      clearInterval(timer);
      const none = async () => ((await left()).length === 0 ? true : undefined);
      await waitFor('all processes to end', none, { withinMs: GRACE_MS }).catch(() => undefined);
      return left();
    },
    had: (pid) => known.has(pid),
  };
}

/** Children, theirs, and so on, of the root and of what is known already. */
function descendants(all: readonly Process[], rootPid: number, known: ReadonlyMap<number, string>): Process[] {
  const family = new Set([rootPid, ...known.keys()]);
  const found: Process[] = [];
  for (let grew = true; grew;) {
    const more = all.filter(({ pid, parent }) => family.has(parent) && !family.has(pid));
    for (const child of more) family.add(child.pid);
    found.push(...more);
    grew = more.length > 0;
  }
  return found;
}
