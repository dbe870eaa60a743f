import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { planFiles, produceFile } from '../src/index.ts';
import { videoClip, type ClipFrame } from '../test/helpers/clips.ts';
import { SpoolFixture } from '../test/helpers/spool-fixture.ts';

/**
 * What making a file costs by how much of it has to be encoded again: a minute of 1280x720 whose beginning came at
 * 640x360, as senders do that start small. CPU time of this process and of all it started.
 *
 * `npm run bench:reencode [-- --seconds 60] [--json]`
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
const SHARES = [0, 0.1, 0.2, 0.4];
const T0 = 1_760_000_000_000;
/** Of a line of /proc/self/stat, after the name: utime, stime, cutime, cstime, in ticks of 10 ms (proc(5)). */
const FIRST_TIME = 11;

/** CPU time so far, of this process and of those it has waited for. */
const cpuMs = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = fields.slice(FIRST_TIME, FIRST_TIME + 4).map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) * 10;
};

const cut = (frames: readonly ClipFrame[], fromMs: number, toMs: number): ClipFrame[] =>
  frames.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);

const measure = async (small: readonly ClipFrame[], large: readonly ClipFrame[], share: number) => {
  const spool = await SpoolFixture.create();
  try {
    const splitMs = Math.round(seconds * share) * 1000;
    const frames = [...cut(small, 0, splitMs), ...cut(large, splitMs, Infinity)];
    spool.take(T0 - 1000);
    await spool.send({ userId: 'ann', codec: 'h264', frames, startMs: T0 });
    const [plan] = planFiles(spool.journal, { mode: '01' });
    if (plan === undefined) throw new Error('no plan');
    const before = cpuMs();
    const { quality } = await produceFile(plan, { spoolDir: spool.dir, outDir: path.join(spool.dir, 'out') });
    return { reencodedS: Math.round(quality.ReencodedMs / 1000), cpuS: (cpuMs() - before) / 1000 };
  } finally {
    await spool.remove();
  }
};

const large = await videoClip({ seconds, width: 1280, height: 720, gop: 15 });
const small = await videoClip({ seconds, width: 640, height: 360, gop: 15 });
// The first file pays for what is loaded once.
await measure(small, large, 0.1);
const cases = [];
for (const share of SHARES) cases.push(await measure(small, large, share));
const copied = cases[0]?.cpuS ?? 0;
const rows = cases.map((row) => ({
  ...row,
  cpuPerReencodedS: row.reencodedS === 0 ? null : Math.round(((row.cpuS - copied) / row.reencodedS) * 1000) / 1000,
}));
const perSecond = rows.flatMap((row) => (row.cpuPerReencodedS === null ? [] : [row.cpuPerReencodedS]));
/** 1: CPU time is in proportion to the seconds encoded again. */
const spread = Math.round((Math.max(...perSecond) / Math.min(...perSecond)) * 100) / 100;
const result = { seconds, copiedCpuS: copied, rows, spread };
if (values.json) console.log(JSON.stringify(result));
else {
  console.table(rows);
  console.log(
    `copying ${seconds} s costs ${copied} s of CPU; a re-encoded second costs the same within a factor of ${spread}`,
  );
}
