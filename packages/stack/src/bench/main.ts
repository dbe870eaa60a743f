import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { benchRoom } from '@trtc-recorder/room/bench';
import { errorMessage, silentLogger } from '@trtc-recorder/runtime';
import { z } from 'zod';
import { printsHelp, number, parseFlags, ToolsSchema, type Usage } from '../options.ts';
import { startStack } from '../stack.ts';
import { workerCost } from './worker-cost.ts';

// What an A/V user costs: the whole worker (Chromium, Node, spool) beside a page with MediaRecorders, in one run.
// The machine's speed is in both, so the ratio is the figure to keep.
const USERS = 'it must be whole numbers of users from 1 to 500, separated by commas';
const Schema = z.object({
  users: z
    .string()
    .transform((text) => text.split(',').map(Number))
    .refine((counts) => counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 500), USERS),
  seconds: number(2, 600),
  json: z.boolean(),
});
const usage: Usage = {
  command: 'bench',
  about: 'What an anchor costs: the CPU of a whole worker beside that of a page with MediaRecorders, in one run.',
  flags: {
    users: { type: 'string', default: '1,8,40', value: 'N,N,…', about: 'how many anchors, a run for each' },
    seconds: { type: 'string', default: '12', value: 'N', about: 'how long to measure, 2 to 600' },
    json: { type: 'boolean', default: false, about: 'print the rows as JSON' },
  },
};
if (printsHelp(process.argv.slice(2), usage)) process.exit();

const percent = (cores: number): string => `${(cores * 100).toFixed(2)} %`;
const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-bench-'));
try {
  const { users, seconds, json } = parseFlags(process.argv.slice(2), usage.flags, Schema);
  const tools = ToolsSchema.parse(process.env);
  const stack = await startStack({ dir, searchPath: process.env['PATH'] ?? '', tools, logger: silentLogger() });
  const rows = [];
  try {
    for (const count of users) {
      const worker = await workerCost(stack, count, seconds);
      const page = await benchRoom({
        users: count,
        seconds,
        kind: 'media-recorder',
        sandboxUrl: stack.sandbox.http,
        chromiumPath: tools.chromium || undefined,
      });
      const row = { ...worker, mediaRecorderCoresPerUser: page.coresPerUser };
      rows.push({ ...row, ratio: worker.coresPerUser / page.coresPerUser });
      if (!json)
        process.stdout.write(
          `${count} users: worker ${percent(worker.coresPerUser)} of a core each ` +
            `(Chromium ${percent(worker.chromiumCores / count)}, Node ${percent(worker.nodeCores / count)}), ` +
            `MediaRecorder page ${percent(page.coresPerUser)}, ratio ${(worker.coresPerUser / page.coresPerUser).toFixed(2)}\n`,
        );
    }
  } finally {
    await stack.stop();
  }
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
} catch (error) {
  process.stderr.write(`npm run bench failed: ${errorMessage(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
