import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { benchRoom } from '@trtc-recorder/room/bench';
import { errorMessage, silentLogger } from '@trtc-recorder/runtime';
import { z } from 'zod';
import { parseFlags, ToolsSchema } from '../options.ts';
import { startStack } from '../stack.ts';
import { workerCost } from './worker-cost.ts';

// What an A/V user costs: the whole worker (Chromium, Node, spool) beside a page with MediaRecorders, in one run.
// The machine's speed is in both, so the ratio is the figure to keep.
const Schema = z.object({
  users: z.string().transform((text) => text.split(',').map(Number)),
  seconds: z.coerce.number().min(2).max(600),
  json: z.boolean(),
});
const flags = {
  users: { type: 'string', default: '1,8,40' },
  seconds: { type: 'string', default: '12' },
  json: { type: 'boolean', default: false },
} as const;

const percent = (cores: number): string => `${(cores * 100).toFixed(2)} %`;
const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-bench-'));
try {
  const { users, seconds, json } = parseFlags(process.argv.slice(2), flags, Schema);
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
