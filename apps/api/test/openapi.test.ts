import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { api, request } from './helpers.ts';

const at = api({ API_TOKENS: 'token' });

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, OpenApiOperation>>;
}
interface OpenApiOperation {
  readonly parameters: readonly { name: string; in: string }[];
  readonly responses: Record<string, unknown>;
  readonly requestBody?: { content: { 'application/json': { schema: JsonSchema } } };
}
interface JsonSchema {
  readonly properties: Record<string, { description?: string; properties?: Record<string, unknown> }>;
  readonly required: readonly string[];
}
const document = async () => (await at.app.inject('/openapi.json')).json<Document>();
/** Not JSON: Bull Board's page and Prometheus' text; and the document itself. */
const OTHERS = ['GET /admin/queues', 'GET /metrics', 'GET /openapi.json'];

test('the document has the routes that the page has, and each is there', async () => {
  const { openapi, paths } = await document();
  expect(openapi).toBe('3.1.0');
  const described = Object.entries(paths).flatMap(([url, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${url.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `((?:GET|POST|PATCH|DELETE) \S+)`/gm)].map(([, route = '']) => route);
  expect([...described, ...OTHERS].sort()).toEqual(documented.sort());
  for (const route of described) {
    const [method = '', url = ''] = route.split(' ');
    expect([route, at.app.hasRoute({ method: method, url })]).toEqual([route, true]);
  }
});

test('it describes what a submission takes, and how it is refused', async () => {
  const { paths } = await document();
  const { post } = paths['/v1/recordings']!;
  const { properties, required } = post!.requestBody!.content['application/json'].schema;
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(request({ Callback: 'http://h/' }))));
  expect(required).toEqual(['SdkAppId', 'UserId']);
  expect(Object.keys(properties['CosConfig']?.properties ?? {})).toContain('SecretId');
  expect(post!.parameters.map(({ name }) => name)).toEqual(['idempotency-key']);
  expect(Object.keys(post!.responses).sort()).toEqual(['202', '400', '401', '409', '413', '415', '500', '503']);
  const { get } = paths['/v1/recordings/{requestId}']!;
  expect(get!.parameters).toEqual([expect.objectContaining({ name: 'requestId', in: 'path' })]);
  expect(Object.keys(get!.responses).sort()).toEqual(['200', '401', '404', '500', '503']);
});
