import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { RecordingRequestSchema, RecordingResultSchema, TimelineDocumentSchema } from '@trtc-recorder/contracts';
import { describe, expect, test } from '@jest/globals';
import { root } from './kit/held-equal.ts';
import { headingAnchors, localLinks, pages, readPage } from './kit/markdown.ts';
import { processes } from './kit/processes.ts';

describe.each(pages())('%s', (page) => {
  const text = readPage(page);
  test('has no dead link', () => {
    const dead = localLinks(text).filter((link) => {
      const [file = '', anchor] = link.split('#', 2);
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !headingAnchors(readPage(target)).includes(anchor);
    });
    expect(dead).toEqual([]);
  });
  test('names only files of this project that exist', () => {
    const named = [
      ...text.matchAll(/`((?:apps|packages|test|deploy|docs|scripts)\/[\w./-]+\.(?:ts|mjs|md|html|yml))`/g),
    ];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});

test('README.md links to every document, decisions by their folder', () => {
  const linked = localLinks(readPage('README.md'));
  const documents = pages().filter((page) => page !== 'README.md' && !page.startsWith('docs/decisions/'));
  expect(documents.filter((page) => !linked.some((link) => link.split('#')[0] === page))).toEqual([]);
});

describe('the examples of README.md', () => {
  const readme = readPage('README.md');
  test('the request is one that the API accepts', () => {
    const [, body = ''] = /curl [^']*(?:'[^']*'[^']*)*? -d '(\{[^']+\})'/.exec(readme) ?? [];
    const parsed = RecordingRequestSchema.safeParse(JSON.parse(body));
    expect(parsed.error?.issues ?? []).toEqual([]);
  });
  test('the result is one that a Callback receives, with nothing that it would not have', () => {
    const results = [...readme.matchAll(/```json\n([^`]+)```/g)]
      .map(([, json = '']) => JSON.parse(json) as Record<string, unknown>)
      .filter((value) => 'Files' in value);
    expect(results).toHaveLength(1);
    expect(RecordingResultSchema.parse(results[0])).toEqual(results[0]);
  });
  test('the variables exist', () => {
    const known = new Set(processes.flatMap(({ schema }) => Object.keys(schema.shape)));
    const named = [...readme.matchAll(/`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

test('the example of docs/timeline.md keeps to the schema, with nothing that it would not have', () => {
  const [, json = ''] = /```json\n([^`]+)```/.exec(readPage('docs/timeline.md')) ?? [];
  const example: unknown = JSON.parse(json);
  expect(TimelineDocumentSchema.parse(example)).toEqual(example);
});

test('docs/api.md has every route of the API, and no other', () => {
  const dir = path.join(root, 'apps/api/src/routes');
  const inCode = readdirSync(dir)
    .map((file) => readFileSync(path.join(dir, file), 'utf8'))
    .flatMap((source) => [...source.matchAll(/app\.(get|post)\('([^']+)'/g)])
    .map(([, method = '', route = '']) => `${method.toUpperCase()} ${route}`);
  const onPage = [...readPage('docs/api.md').matchAll(/^\| `((?:GET|POST) [^`]+)`/gm)].map(([, route = '']) => route);
  expect(inCode.length).toBeGreaterThan(8);
  // Bull Board brings its own routes.
  expect(onPage.filter((route) => route !== 'GET /admin/queues').sort()).toEqual(inCode.sort());
});
