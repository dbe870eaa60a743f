import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

const root = path.join(import.meta.dirname, '..', '..');
const configuration = path.join(root, '.dependency-cruiser.cjs');
const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** A tree of the project's shape: what is imported, and the rule that forbids it (none: allowed). */
const imports: readonly { from: string; to: string; rule: string | null }[] = [
  { from: 'packages/media/src/a.ts', to: './b.ts', rule: 'no-cycles' },
  { from: 'packages/runtime/src/c.ts', to: '../../../apps/api/src/index.ts', rule: 'packages-never-import-apps' },
  { from: 'apps/api/src/d.ts', to: '../../worker/src/index.ts', rule: 'apps-never-import-each-other' },
  { from: 'apps/worker/src/e.ts', to: '../../../packages/media/src/a.ts', rule: 'no-deep-imports' },
  { from: 'packages/room/page/f.ts', to: '../../contracts/src/inside.ts', rule: 'no-deep-imports' },
  { from: 'packages/contracts/src/g.ts', to: 'pino', rule: 'contracts-import-only-zod' },
  { from: 'packages/contracts/src/h.ts', to: '../../runtime/src/index.ts', rule: 'contracts-import-only-zod' },
  { from: 'packages/queue/src/i.ts', to: '../../stack/src/index.ts', rule: 'packages-that-serve-all' },
  { from: 'packages/stack/src/judge/w.ts', to: '../../../media/src/index.ts', rule: 'judge-shares-nothing' },
  { from: 'apps/worker/src/j.ts', to: 'bullmq', rule: 'bullmq-only-in-queue' },
  { from: 'apps/api/src/k.ts', to: 'ioredis', rule: 'bullmq-only-in-queue' },
  { from: 'apps/worker/src/l.ts', to: 'playwright-core', rule: 'playwright-only-in-room' },
  { from: 'apps/worker/src/m.ts', to: 'cos-nodejs-sdk-v5', rule: 'tencent-sdks-only-in-tencent' },
  { from: 'apps/worker/src/n.ts', to: 'fluent-ffmpeg', rule: 'ffmpeg-only-in-media' },
  { from: 'apps/worker/src/w.ts', to: 'prom-client', rule: 'prom-client-only-in-metrics' },
  { from: 'apps/notifier/src/o.ts', to: './nowhere.ts', rule: 'not-to-unresolvable' },

  { from: 'packages/contracts/src/p.ts', to: 'zod', rule: null },
  { from: 'packages/contracts/src/q.ts', to: './inside.ts', rule: null },
  { from: 'packages/queue/src/r.ts', to: 'bullmq', rule: null },
  { from: 'packages/media/src/s.ts', to: 'fluent-ffmpeg', rule: null },
  { from: 'packages/tencent/src/t.ts', to: 'cos-nodejs-sdk-v5', rule: null },
  { from: 'packages/media/src/u.ts', to: '../../contracts/src/index.ts', rule: null },
  { from: 'apps/worker/src/v.ts', to: '../../../packages/media/src/index.ts', rule: null },
];
const modules = [
  'pino',
  'zod',
  'bullmq',
  'ioredis',
  'playwright-core',
  'cos-nodejs-sdk-v5',
  'fluent-ffmpeg',
  'prom-client',
];
const indexes = [
  'apps/api',
  'apps/worker',
  'packages/contracts',
  'packages/media',
  'packages/runtime',
  'packages/stack',
];

let dir = '';
let broken: { from: string; rule: string }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'imports-'));
  const files = [
    ...imports.map(({ from, to }): [string, string] => [from, `import ${JSON.stringify(to)};\nexport {};\n`]),
    ...indexes.map((name): [string, string] => [`${name}/src/index.ts`, 'export {};\n']),
    ['packages/contracts/src/inside.ts', 'export {};\n'] as const,
    ['packages/media/src/b.ts', "import './a.ts';\nexport {};\n"] as const,
    ...modules.map((name): [string, string] => [`node_modules/${name}/index.js`, '']),
    ['package.json', '{ "type": "module" }'] as const,
  ];
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await writeFile(path.join(dir, file), text);
  }
  broken = await cruise(dir);
});
afterAll(() => rm(dir, { recursive: true }));

test.each(imports)('$from importing $to: $rule', ({ from, rule }) => {
  const rules = broken.filter((violation) => violation.from === from).map((violation) => violation.rule);
  if (rule === null) expect(rules).toEqual([]);
  else expect(rules).toContain(rule);
});

test('every rule is tried', () => {
  const { forbidden } = createRequire(import.meta.url)(configuration) as { forbidden: { name: string }[] };
  const tried = new Set(imports.flatMap(({ rule }) => rule ?? []));
  expect(forbidden.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
});

const ReportSchema = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
});

/** What the project's own rules say about a tree. */
async function cruise(cwd: string): Promise<{ from: string; rule: string }[]> {
  const args = [cruiser, '--config', configuration, '--output-type', 'json', 'apps', 'packages'];
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout));
  });
  const { violations } = ReportSchema.parse(JSON.parse(report)).summary;
  return violations.map(({ from, rule }) => ({ from, rule: rule.name }));
}
