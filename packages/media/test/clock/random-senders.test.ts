import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../helpers/bundle.ts';
import { quantile } from './kit/sender.ts';

const SENDERS = 10_000;

test(`${SENDERS} random senders: audio and video are in step`, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'senders-'));
  try {
    const program = await bundle(new URL('random-senders.child.ts', import.meta.url), path.join(dir, 'child.mjs'));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [program, '1', `${SENDERS + 1}`], { maxBuffer: 2 ** 26 });
    const senders = JSON.parse(stdout) as [p95: number, worst: number][];
    expect(senders).toHaveLength(SENDERS);
    const [p95, worst] = [senders.map(([ms]) => ms), senders.map(([, ms]) => ms)];
    const inStep = (values: readonly number[], ms: number) => values.filter((value) => value <= ms).length / SENDERS;
    const found = {
      p50: quantile(p95, 0.5),
      p95: quantile(p95, 0.95),
      worst: quantile(worst, 1),
      p95Within40: inStep(p95, 40),
      worstWithin80: inStep(worst, 80),
    };
    process.stdout.write(`A/V distance of ${SENDERS} random senders, ms: ${JSON.stringify(found)}\n`);
    expect(found.p50).toBeLessThan(5);
    expect(found.p95).toBeLessThan(35);
    expect(found.p95Within40).toBeGreaterThan(0.97);
    expect(found.worstWithin80).toBeGreaterThan(0.9);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 600_000);
