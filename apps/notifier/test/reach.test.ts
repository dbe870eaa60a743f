import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { bundled } from '../../../packages/runtime/test/network/bundle.ts';
import { startLink, whyNoLink, type Link } from '../../../packages/runtime/test/network/link.ts';

interface Reached {
  readonly outcome: string | { readonly status: number };
  readonly byNode?: unknown;
}

const why = whyNoLink();
const onLink = why === undefined ? describe : describe.skip;
if (why !== undefined) process.stderr.write(`apps/notifier/test/reach.test.ts is skipped: ${why}\n`);

onLink('over a round trip of 600 ms', () => {
  const scripts: Awaited<ReturnType<typeof bundled>>[] = [];
  let link: Link;
  beforeAll(async () => {
    scripts.push(
      ...(await Promise.all(
        ['reach.ts', 'far-server.ts'].map((file) => bundled(path.join(import.meta.dirname, file))),
      )),
    );
    // No machine has the addresses ending in 99, and no route leads to 192.0.2.1 and 2001:db8::1.
    const hosts = [
      ['hole-six.test', '10.77.0.2', 'fd77::99'],
      ['hole-four.test', '10.77.0.99', 'fd77::2'],
      ['no-route-six.test', '10.77.0.2', '2001:db8::1'],
      ['no-route-four.test', '192.0.2.1', 'fd77::2'],
      ['many-holes.test', '10.77.0.2', 'fd77::99', 'fd77::98', 'fd77::97'],
      ['nowhere.test', '192.0.2.1', '2001:db8::1', 'fd77::99'],
    ].flatMap(([name, ...addresses]) => addresses.map((address) => `${address} ${name}\n`));
    link = await startLink({ delayMs: 300, hosts: hosts.join('') });
    const server = link.run('far', scripts[1]?.script ?? '', ['8080', '::']);
    await once(server.stdout, 'data');
  }, 60_000);
  afterAll(async () => {
    await link.close();
    await Promise.all(scripts.map(({ remove }) => remove()));
  });

  const reach = async (host: string, ...args: string[]): Promise<Reached> => {
    const child = link.run('near', scripts[0]?.script ?? '', [`http://${host}:8080/hook`, ...args]);
    child.stderr.pipe(process.stderr);
    return JSON.parse(await text(child.stdout)) as Reached;
  };

  test('a name is reached by the one family that works, where Node by itself gives up', async () => {
    const { outcome, byNode } = await reach('no-route-four.test', 'compare');
    expect(outcome).toMatchObject({ status: 204 });
    expect(byNode).toBe('ETIMEDOUT');
  });

  test.each(['far.test', 'hole-six.test', 'hole-four.test', 'no-route-six.test', 'many-holes.test'])(
    '%s is reached',
    async (name) => expect((await reach(name)).outcome).toMatchObject({ status: 204 }),
  );

  test('what cannot be reached is told address by address', async () => {
    const { outcome } = await reach('nowhere.test');
    expect(outcome).toMatch(/^no connection within 5000 ms: /);
    for (const address of [/192\.0\.2\.1:8080 ENETUNREACH/, /\[2001:db8::1\]:8080 ENETUNREACH/, /\[fd77::99\]:8080 E/])
      expect(outcome).toMatch(address);
  });
});
