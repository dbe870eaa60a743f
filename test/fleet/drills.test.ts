import { expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { drills, readable, runDrill, ToolsSchema } from '@trtc-recorder/stack';

// One run each of the drills that kill something: `npm run drill` makes as many as are wanted, and measures closely.
const GENEROUS = { mediaLostMs: 2_000, gapMs: 20_000, skewMs: 250 };

test.each(['kill-worker', 'handover', 'browser-kill', 'redis-restart', 'disk-full'])(
  '%s: nothing is lost, nothing is left',
  async (name) => {
    const drill = drills.find((one) => one.name === name)!;
    const account = await runDrill(
      { ...drill, aims: { ...drill.aims, ...GENEROUS } },
      {
        runs: 1,
        seed: 5,
        root: tmpdir(),
        searchPath: process.env['PATH'] ?? '',
        tools: ToolsSchema.parse(process.env),
        say: () => undefined,
      },
    );
    // The whole account, so that a failing run tells what it measured.
    if (account.findings.length > 0) throw new Error(readable(account));
    expect([account.recordings, account.recordingsLost, account.orphans]).toEqual([account.delivered, 0, 0]);
  },
  240_000,
);
