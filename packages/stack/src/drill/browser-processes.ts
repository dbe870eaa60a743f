import { chromiumsOf, groupOf, type Process } from '@trtc-recorder/room/bench';
import { sleep } from '@trtc-recorder/runtime';

/** Long enough to tell who decodes pictures from who only stands by, ms. */
const WATCHED_MS = 600;

/** The main process of the browser that records; the spare one beside it does nothing. */
export async function browserAtWork(workerPid: number): Promise<Process> {
  const { main } = await busiestBrowser(workerPid);
  return main;
}

/** Of that browser the `count` pages' processes that work most: those that are in a room. */
export async function renderersAtWork(workerPid: number, count: number): Promise<[Process, ...Process[]]> {
  const { group, work } = await busiestBrowser(workerPid);
  const [most, ...others] = group
    .filter(({ command }) => command.includes('--type=renderer'))
    .sort((one, other) => work(other) - work(one))
    .slice(0, count);
  if (most === undefined) throw new Error('the browser has no renderer');
  return [most, ...others];
}

async function busiestBrowser(workerPid: number) {
  const before = await browsersOf(workerPid);
  await sleep(WATCHED_MS);
  const after = await browsersOf(workerPid);
  const cpuBefore = new Map(before.flatMap(({ group }) => group).map(({ pid, cpu }) => [pid, cpu]));
  const work = ({ pid, cpu }: Process): number => cpu - (cpuBefore.get(pid) ?? 0);
  const workOf = ({ group }: { group: Process[] }) => group.reduce((sum, process) => sum + work(process), 0);
  const [busiest] = after.sort((one, other) => workOf(other) - workOf(one));
  if (busiest === undefined) throw new Error('the worker has no browser');
  return { ...busiest, work };
}

const browsersOf = async (workerPid: number): Promise<{ main: Process; group: Process[] }[]> =>
  Promise.all((await chromiumsOf(workerPid)).map(async (main) => ({ main, group: await groupOf(main.group) })));
