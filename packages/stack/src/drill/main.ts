import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { errorMessage } from '@trtc-recorder/runtime';
import { printsHelp, ToolsSchema } from '../options.ts';
import { drillOptions, drillUsage } from './options.ts';
import { readable, summary } from './print.ts';
import { runDrill } from './run-drill.ts';

// npm run drill: does to a running product what will happen to it in production, and accounts for every second.
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interrupt.abort(new Error(`interrupted (${signal})`)));

if (printsHelp(process.argv.slice(2), drillUsage)) process.exit();
try {
  const { drills, runs, seed, json, verbose, keep } = drillOptions(process.argv.slice(2), () => randomInt(2 ** 31));
  const out = (line: string) => process.stdout.write(`${line}\n`);
  // With --json standard output has the array alone.
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const summaries = [];
  for (const drill of drills) {
    say(`${drill.name} (seed ${seed}): ${drill.about}`);
    const account = await runDrill(drill, {
      runs,
      seed,
      root: tmpdir(),
      searchPath: process.env['PATH'] ?? '',
      tools: ToolsSchema.parse(process.env),
      say: verbose || keep ? say : () => undefined,
      keep,
      signal: interrupt.signal,
    });
    say(`${readable(account)}\n`);
    summaries.push(summary(account));
    if (account.findings.length === 0) continue;
    process.exitCode = 1;
    say(`To repeat it: npm run drill -- --only ${drill.name} --runs ${runs} --seed ${seed}\n`);
  }
  if (json) out(JSON.stringify(summaries));
} catch (error) {
  process.stderr.write(`npm run drill failed: ${errorMessage(error)}\n`);
  process.exitCode = 1;
}
