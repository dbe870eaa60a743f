import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { bundled } from '../../../runtime/test/network/bundle.ts';
import { startLink, whyNoLink, type LinkOptions } from '../../../runtime/test/network/link.ts';

const why = whyNoLink();
const onLink = why === undefined ? describe : describe.skip;
if (why !== undefined) process.stderr.write(`packages/tencent/test/cos/reach.test.ts is skipped: ${why}\n`);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function machines(options: LinkOptions) {
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-reach-'));
  const file = path.join(dir, 'file');
  const bytes = randomBytes(3 * 1024 * 1024);
  await writeFile(file, bytes);
  const of = (name: string) => bundled(path.join(import.meta.dirname, '../far', name));
  const [cos, upload] = [await of('cos.ts'), await of('upload.ts')];
  closing.push(
    () => rm(dir, { recursive: true }),
    () => cos.remove(),
    () => upload.remove(),
  );
  const link = await startLink(options);
  closing.push(() => link.close());
  const server = link.run('far', cos.script, [path.join(dir, 'cos')]);
  server.stderr.pipe(process.stderr);
  await once(server.stdout, 'data');
  const stored = async () => (await readFile(path.join(dir, 'cos/rec-1250000000/a.mp4'))).equals(bytes);
  return { link, file, stored, script: upload.script };
}

onLink('COS on another machine', () => {
  // No route leads to 192.0.2.1; the other family has a round trip of 600 ms.
  test('is reached by both SDKs over a long round trip by the one family that works', async () => {
    const { link, file, stored, script } = await machines({
      delayMs: 300,
      hosts: '192.0.2.1 cos.test\nfd77::2 cos.test\n',
    });
    const child = link.run('near', script, ['cos.test', file, '20000']);
    child.stderr.pipe(process.stderr);
    const { failures, called } = JSON.parse(await text(child.stdout)) as { failures: string[]; called: string };
    expect(failures).toEqual([]);
    expect(await stored()).toBe(true);
    // COS answers what it takes for a request of its own: it was reached.
    expect(called).not.toMatch(/no connection|ETIMEDOUT/);
  }, 90_000);

  test('is uploaded to across a line that dies without a word, once it is back', async () => {
    const { link, file, stored, script } = await machines({ delayMs: 20 });
    const child = link.run('near', script, ['far.test', file, '1000']);
    child.stderr.pipe(process.stderr);
    await once(child.stdout, 'data');
    link.cut(true);
    const dead = setTimeout(() => link.cut(false), 4_000);
    closing.push(() => clearTimeout(dead));
    const { failures } = JSON.parse(await text(child.stdout)) as { failures: string[] };
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures)
      expect(failure).toMatch(/no connection within 1000 ms: .*ETIMEDOUT|nothing went to COS/);
    expect(await stored()).toBe(true);
  }, 90_000);
});
