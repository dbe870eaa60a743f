import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { api, request } from './helpers.ts';

const at = api({ API_TOKENS: 'token' });

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, OpenApiOperation>>;
  readonly servers: readonly { url: string }[];
  readonly webhooks: Record<string, Record<string, OpenApiOperation>>;
  readonly components: { readonly schemas: Record<string, JsonSchema>; readonly headers: Record<string, unknown> };
}
interface OpenApiOperation {
  readonly parameters: readonly { name: string; in: string }[];
  readonly responses: Record<string, unknown>;
  readonly operationId: string;
  readonly requestBody?: { content: { 'application/json': { schema: { $ref: string } } } };
}
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly items?: JsonSchema;
  readonly properties: Record<string, JsonSchema>;
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
  const { paths, components } = await document();
  const { post } = paths['/v1/recordings']!;
  expect(post!.requestBody!.content['application/json'].schema.$ref).toBe('#/components/schemas/RecordingRequest');
  const { properties, required } = components.schemas['RecordingRequest']!;
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(request({ Callback: 'http://h/' }))));
  expect(required).toEqual(['SdkAppId', 'UserId']);
  expect(Object.keys(properties['CosConfig']?.properties ?? {})).toContain('SecretId');
  expect(post!.parameters.map(({ name }) => name)).toEqual(['idempotency-key']);
  expect(Object.keys(post!.responses).sort()).toEqual(['202', '400', '401', '409', '413', '415', '500', '503']);
  const { get } = paths['/v1/recordings/{requestId}']!;
  expect(get!.parameters).toEqual([expect.objectContaining({ name: 'requestId', in: 'path' })]);
  expect(Object.keys(get!.responses).sort()).toEqual(['200', '401', '404', '500', '503']);
});

test('each operation has a name, each field a meaning, and each reference leads to a model', async () => {
  const whole = await document();
  const { paths, components, servers, webhooks } = whole;
  const all = [...Object.values(paths), ...Object.values(webhooks)].flatMap((item) => Object.values(item));
  const ids = all.map(({ operationId }) => operationId);
  expect(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(servers).toHaveLength(1);

  const bare = Object.entries(components.schemas).flatMap(([name, schema]) => withoutMeaning(name, schema));
  expect(bare).toEqual([]);
  for (const [, name = ''] of JSON.stringify(whole).matchAll(/"#\/components\/(?:schemas|headers)\/(\w+)"/g))
    expect([name, name in components.schemas || name in components.headers]).toEqual([name, true]);
  for (const { parameters, responses } of all) {
    for (const parameter of parameters) expect(parameter).toHaveProperty('description');
    for (const [status, response] of Object.entries(responses)) {
      if (!/^[1-5]\d\d$/.test(status) || status === '410') continue;
      expect(response).toHaveProperty('headers.x-scf-reqid');
    }
  }
});

function withoutMeaning(path: string, { properties = {}, items }: Partial<JsonSchema>): string[] {
  const inside = items === undefined ? [] : withoutMeaning(`${path}[]`, items);
  const fields = Object.entries(properties).flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${path}.${name}`] : []),
    ...withoutMeaning(`${path}.${name}`, field),
  ]);
  return [...inside, ...fields];
}

test('StrRoomId has a type, the values of State, Step, Reason and Mode are there, and what is POSTed', async () => {
  const { components, webhooks } = await document();
  const { schemas } = components;
  expect(schemas['RecordingRequest']?.properties['StrRoomId']).toMatchObject({ type: 'string', maxLength: 64 });
  expect(schemas['Step']?.enum).toEqual(['join', 'capture', 'transcode', 'upload']);
  expect(schemas['State']?.enum).toContain('queued');
  expect(schemas['Reason']?.enum).toEqual(expect.arrayContaining(['banned', 'no_anchor', 'terminated']));
  expect(schemas['Mode']?.enum).toEqual(['00', '01', '02']);
  const posted = webhooks['recordingEnded']!['post']!;
  expect(posted.requestBody!.content['application/json'].schema.$ref).toBe('#/components/schemas/RecordingResult');
  expect(schemas).toHaveProperty('TimelineDocument');
});

test('docs/api.md has every value of State, Step and Reason', async () => {
  const { components } = await document();
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
  for (const name of ['State', 'Step', 'Reason'])
    for (const value of components.schemas[name]?.enum ?? []) expect(page).toContain(`| \`${value}\``);
});
