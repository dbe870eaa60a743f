import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, Releasers, silentLogger } from '@trtc-recorder/runtime';
import { ToolsSchema } from '@trtc-recorder/stack';
import { playCases } from './bench.ts';
import { CASES } from './cases.ts';
import { HOUR_CASE, simulateHour } from './hour/hour.ts';
import { benchOptions } from './options.ts';
import { complaints, measured, table } from './report.ts';
import type { Row } from './row.ts';
import { SENDER_CASES } from './senders.ts';

const releasers = new Releasers(silentLogger());
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`interrupted (${signal})`)));
});
interrupted.catch(() => undefined);

async function rowsOf(options: ReturnType<typeof benchOptions>): Promise<Row[]> {
  const cases = [...CASES, ...SENDER_CASES].filter(({ name }) => options.case.includes(name));
  const hour = options.case.includes(HOUR_CASE) ? [simulateHour()] : [];
  if (cases.length === 0) return hour;
  const dir = options.keep ?? (await mkdtemp(path.join(tmpdir(), 'trtc-recorder-bench-')));
  if (options.keep === undefined) releasers.add('directory', () => rm(dir, { recursive: true, force: true }));
  const tools = ToolsSchema.parse(process.env);
  const stack = { dir, searchPath: process.env['PATH'] ?? '', tools, logger: silentLogger() };
  const onRow = (row: Row) => {
    if (!options.json) process.stderr.write(`${row.case}: ${complaints([row]).length === 0 ? 'good' : 'missed'}\n`);
  };
  const run = { parallel: options.parallel, onRow };
  return [...(await Promise.race([playCases(cases, stack, run, releasers), interrupted])), ...hour];
}

try {
  const options = benchOptions(process.argv.slice(2));
  const rows = await rowsOf(options);
  process.stdout.write(`${options.json ? JSON.stringify(rows.map(measured)) : table(rows)}\n`);
  const missed = complaints(rows);
  for (const line of missed) process.stderr.write(`missed: ${line}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`npm run bench:media failed: ${errorMessage(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.releaseAll();
}
