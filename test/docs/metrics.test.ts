import { expect, test } from '@jest/globals';
import { createMetrics } from '@trtc-recorder/metrics';
import { silentLogger } from '@trtc-recorder/runtime';
import { expectHeldEqual } from './kit/held-equal.ts';
import { catalogues, metricsPage } from './kit/metrics-page.ts';

test('docs/metrics.md has every metric as its process has it, and no other', async () => {
  await expectHeldEqual('docs/metrics.md', metricsPage());
});

const all = Object.entries(catalogues).flatMap(([process, catalogue]) =>
  Object.values(catalogue).map((entry) => ({ process, ...entry })),
);

test('each is named by the conventions of Prometheus, and its unit in its meaning too', () => {
  for (const { name, kind, help } of all) {
    expect(name).toMatch(/^trtc_recorder_[a-z_]+$/);
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
    if (/_seconds(_total)?$/.test(name)) expect([name, help.endsWith(', s')]).toEqual([name, true]);
  }
});

test('no label can hold a user, a room, a recording or a secret', () => {
  const known = new Set('method route status queue state outcome reason code step fate kind cause check'.split(' '));
  expect(all.flatMap(({ labels }) => labels).filter((label) => !known.has(label))).toEqual([]);
});

test.each(Object.entries(catalogues))(
  "a scrape of %s has all of them, and Node's own that the page names",
  async (_, catalogue) => {
    const text = await createMetrics(catalogue, silentLogger()).text();
    for (const { name } of Object.values(catalogue)) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  },
);
