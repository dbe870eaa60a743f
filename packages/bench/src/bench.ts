import type { Room } from '@trtc-recorder/contracts';
import { errorMessage, type Releasers } from '@trtc-recorder/runtime';
import { launchAnchorBrowser } from '@trtc-recorder/sandbox';
import { startCaller, startStack, type Stack, type StackOptions } from '@trtc-recorder/stack';
import pLimit from 'p-limit';
import { browserAnchor } from './anchors/browser.ts';
import { syntheticAnchor } from './anchors/synthetic.ts';
import type { AnchorSetup, BenchCase } from './case.ts';
import { judgeCase } from './judge/judge-case.ts';
import { failedRow, type Row } from './row.ts';
import { runCase, type Stage } from './run-case.ts';

export interface BenchRun {
  /** Cases played at once, each in a room of its own. */
  readonly parallel: number;
  /** Hears of every case as it ends. */
  readonly onRow: (row: Row) => void;
}

/** A stage on a stack; anchors with a browser share one, which is started for the first of them. */
export async function setStage(stack: Stack, releasers: Releasers): Promise<Stage> {
  const caller = await startCaller(stack);
  releasers.add('receiver', () => caller.close());
  const { chromium } = stack.tools;
  let browser: ReturnType<typeof launchAnchorBrowser> | undefined;
  const shared = () => {
    if (browser === undefined) {
      const starting = launchAnchorBrowser(chromium === '' ? {} : { chromiumPath: chromium });
      releasers.add('browser of the anchors', async () => (await starting.catch(() => null))?.close());
      browser = starting;
    }
    return browser;
  };
  const anchor = (room: Room, setup: AnchorSetup) =>
    setup.browser === true
      ? browserAnchor({ sandboxUrl: stack.sandbox.http, sandbox: caller.sandbox, browser: shared }, room, setup)
      : syntheticAnchor(caller.sandbox, room, setup);
  return { caller, anchor };
}

/** Plays cases on a stack of their own and judges what is delivered; rows are in the order of the cases. */
export async function playCases(
  cases: readonly BenchCase[],
  stackOptions: StackOptions,
  { parallel, onRow }: BenchRun,
  releasers: Releasers,
): Promise<Row[]> {
  const env = { worker: { ROOMS_PER_WORKER: String(parallel) } };
  const starting = startStack({ ...stackOptions, env });
  releasers.add('stack', async () => (await starting.catch(() => null))?.stop());
  const stage = await setStage(await starting, releasers);
  const limit = pLimit(parallel);
  const alone = pLimit(1);
  const play = async (benchCase: BenchCase) => {
    const row = await playCase(stage, benchCase);
    onRow(row);
    return row;
  };
  const rows = new Map<BenchCase, Promise<Row>>();
  const browsers = cases.filter(hasBrowser);
  for (const benchCase of browsers)
    rows.set(
      benchCase,
      alone(() => play(benchCase)),
    );
  await Promise.all(rows.values());
  for (const benchCase of cases)
    if (!rows.has(benchCase))
      rows.set(
        benchCase,
        limit(() => play(benchCase)),
      );
  return Promise.all(cases.flatMap((benchCase) => rows.get(benchCase) ?? []));
}

/** Beside other cases a browser's sound came up to 77 ms after its picture, alone 15–40 ms (docs/quality.md). */
const hasBrowser = ({ anchors }: BenchCase): boolean => anchors.some(({ browser }) => browser === true);

/** A case that fails is a row that says why: the others go on. */
export const playCase = async (stage: Stage, benchCase: BenchCase): Promise<Row> => {
  try {
    return await judgeCase(await runCase(stage, benchCase));
  } catch (error) {
    return failedRow(benchCase.name, errorMessage(error));
  }
};
