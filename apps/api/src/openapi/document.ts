import { errorCatalogue, RecordingResultSchema, type ErrorCode } from '@trtc-recorder/contracts';
import { z } from 'zod';
import { REQUEST_ID_HEADER } from '../answer.ts';
import { ErrorSchema, modelRef, modelSchemas } from './models.ts';
import { operations, type Operation } from './operations.ts';

/** Any operation may be refused so. */
const ALWAYS: readonly ErrorCode[] = ['InternalError', 'QueueUnavailable'];
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
    servers: [{ url: '/', description: 'The host that this document comes from' }],
    security: [{ token: [] }, { password: [] }],
    paths,
    webhooks: { recordingEnded: { post: webhook() } },
    components: {
      schemas: modelSchemas(),
      headers: {
        RequestId: {
          description: 'Id of the request; for an accepted recording its RequestId',
          schema: { type: 'string' },
        },
        Warning: {
          description: 'What of the request has no effect: 299 - "sentence", separated by commas',
          schema: { type: 'string' },
        },
        Authenticate: { description: 'How to log in', schema: { type: 'string' } },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        password: { type: 'http', scheme: 'basic', description: 'the token as the password' },
      },
    },
  };
}

/** What is POSTed to Callback. */
function webhook(): object {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: name !== 'X-Signature',
    description,
    schema: { type: 'string' },
  });
  return {
    operationId: 'recordingEnded',
    summary: 'The result of a recording, POSTed to its Callback until it is answered 2xx (docs/callbacks.md)',
    security: [],
    parameters: [
      header('X-Request-Id', 'The RequestId'),
      header('X-Event-Id', 'The same in every repetition'),
      header('X-Signature', 't=<seconds>,v1=<hex>, if the deployment signs callbacks'),
    ],
    requestBody: { required: true, ...json(modelRef(RecordingResultSchema)) },
    responses: {
      '2XX': { description: 'taken' },
      '410': { description: 'gone: the callback is not repeated' },
      default: { description: 'it is repeated with backoff' },
    },
  };
}

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });
const requestIdHeader = { [REQUEST_ID_HEADER]: header('RequestId') };

function describe(operation: Operation): object {
  const { id, url, summary, body, status, answer, open } = operation;
  const content =
    answer === undefined ? { content: { 'text/plain': { schema: { type: 'string' } } } } : json(modelRef(answer));
  const headers = { ...requestIdHeader, ...(url === '/' && { warning: header('Warning') }) };
  return {
    operationId: id,
    summary,
    parameters: parametersOf(operation),
    ...(body !== undefined && { requestBody: { required: true, ...json(modelRef(body)) } }),
    responses: { [status]: { description: summary, headers, ...content }, ...refusalsOf(operation) },
    ...(open && { security: [] }),
  };
}

const PARAMETERS: Readonly<Record<string, string>> = {
  'idempotency-key': 'Repeated, it gives the first RequestId and starts nothing',
  State: 'Only recordings in this state',
  SdkAppId: 'Only of this application',
  RoomId: 'Only of this integer room',
  StrRoomId: 'Only of this string room',
  UserId: "Only with this recorder's user",
  Since: 'Only submitted from then on, ISO 8601',
  Until: 'Only submitted before, ISO 8601',
  Limit: 'At most so many in a page',
  Cursor: 'Of the page before',
};

function parametersOf({ url, query, headers }: Operation): object[] {
  const inPath = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: 'Id of the recording',
    schema: { type: 'string' },
  }));
  const named = (where: string, schema: z.ZodObject | undefined) =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
      name,
      in: where,
      required: false,
      description: PARAMETERS[name] ?? name,
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
      const login = status === 401 ? { 'www-authenticate': header('Authenticate') } : {};
      return [status, { description, headers: { ...requestIdHeader, ...login }, ...json(modelRef(ErrorSchema)) }];
    }),
  );
}

function statusOf(code: ErrorCode): number {
  const entry = errorCatalogue[code];
  return 'status' in entry ? entry.status : 500;
}
