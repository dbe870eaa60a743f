import { errorCatalogue, type ErrorCode } from '@trtc-recorder/contracts';
import { z } from 'zod';
import { operations, type Operation } from './operations.ts';

/** Any operation may be refused so. */
const ALWAYS: readonly ErrorCode[] = ['InternalError', 'QueueUnavailable'];
const ERROR = '#/components/schemas/Error';

const errorSchema = z.object({
  RequestId: z.string(),
  Error: z.object({ Code: z.enum(Object.keys(errorCatalogue)), Message: z.string() }),
});

/** JSON Schema of what is sent (`input`: with defaults left out) or answered. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const described = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // OpenAPI 3.1 has JSON Schema's dialect anyway.
  delete described.$schema;
  return described;
};
const json = (schema: object) => ({ content: { 'application/json': { schema } } });

/** The API as OpenAPI 3.1, made of the schemas that requests and answers are checked with. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'TRTC recorder', version: '1', description: 'docs/api.md says how it behaves.' },
    security: [{ token: [] }, { password: [] }],
    paths,
    components: {
      schemas: { Error: schemaOf(errorSchema, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        password: { type: 'http', scheme: 'basic', description: 'the token as the password' },
      },
    },
  };
}

function describe(operation: Operation): object {
  const { summary, body, status, answer, open } = operation;
  const content = answer === undefined ? { content: { 'text/plain': {} } } : json(schemaOf(answer, 'output'));
  return {
    summary,
    parameters: parametersOf(operation),
    ...(body !== undefined && { requestBody: { required: true, ...json(schemaOf(body, 'input')) } }),
    responses: { [status]: { description: 'done', ...content }, ...refusalsOf(operation) },
    ...(open && { security: [] }),
  };
}

function parametersOf({ url, query, headers }: Operation): object[] {
  const inPath = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const named = (where: string, schema: z.ZodObject | undefined) =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
      name,
      in: where,
      required: false,
      schema: schemaOf(field as z.ZodType, 'input'),
    }));
  return [...inPath, ...named('query', query), ...named('header', headers)];
}

/** Refusals by their status; several codes may share one. */
function refusalsOf({ refusals, open }: Operation): Record<string, object> {
  const codes = [...refusals, ...(open ? [] : (['Unauthorized'] as const)), ...ALWAYS];
  const statuses = [...new Set(codes.map(statusOf))];
  return Object.fromEntries(
    statuses.map((status) => {
      const shared = codes.filter((code) => statusOf(code) === status);
      const description = shared.map((code) => `${code}: ${errorCatalogue[code].help}`).join('\n\n');
      return [status, { description, ...json({ $ref: ERROR }) }];
    }),
  );
}

function statusOf(code: ErrorCode): number {
  const entry = errorCatalogue[code];
  return 'status' in entry ? entry.status : 500;
}
