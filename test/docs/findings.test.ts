import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { FindingCodeSchema } from '@trtc-recorder/contracts';

test('docs/callbacks.md explains every code of a finding, and no other', async () => {
  const page = await readFile(new URL('../../docs/callbacks.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Findings'));
  const documented = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code);
  expect(documented.filter((code) => code !== 'Code').sort()).toEqual([...FindingCodeSchema.options].sort());
});
