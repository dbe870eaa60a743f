import { tmpdir } from 'node:os';
import { z } from 'zod';

/** One environment variable of one process, as its schema has it. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly required: boolean;
  /** Text that has the same effect as leaving it out; undefined: required, or generated at each start. */
  readonly byDefault: string | undefined;
  /** The values it takes, with the unit. */
  readonly values: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every variable of a process, in the order of its schema. */
export const variablesOf = (schema: z.ZodObject): Variable[] =>
  Object.entries(schema.shape).map(([name, field]) => variable(name, field as z.ZodType));

function variable(name: string, field: z.ZodType): Variable {
  const json = z.toJSONSchema(field, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  const absent = field.safeParse(undefined);
  return {
    name,
    meaning: (json.description ?? '').replace(/\.$/, ''),
    required: !absent.success,
    byDefault: absent.success ? defaultText(field, absent.data) : undefined,
    values: valuesText(name, field, json),
  };
}

/** The default as it would be written; undefined when it is another one at each start. */
function defaultText(field: z.ZodType, value: unknown): string | undefined {
  if (JSON.stringify(field.parse(undefined)) !== JSON.stringify(value)) return undefined;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(' ');
  return String(value).replace(tmpdir(), '/tmp');
}

/** The unit is in the variable's name: `_MS`, `_S`, `_MB`. */
const UNITS: readonly (readonly [suffix: string, unit: string])[] = [
  ['_MS', ' ms'],
  ['_S', ' s'],
  ['_MB', ' MiB'],
];
/** A rate (`…_BYTES_PER_S`) is no time; its meaning says what it is. */
const unitOf = (name: string): string =>
  name.endsWith('_PER_S') ? '' : (UNITS.find(([suffix]) => name.endsWith(suffix))?.[1] ?? '');

function valuesText(name: string, field: z.ZodType, json: JsonSchema): string {
  if (json.enum !== undefined) return json.enum.join(', ');
  if (json.type === 'boolean') return 'yes, no';
  if (json.type === 'integer' || json.type === 'number') return `${range(json)}${unitOf(name)}`;
  if (json.format === 'uri') return 'URL';
  if (json.type === 'string') return 'text';
  const items = field.safeParse('a,b').data;
  return Array.isArray(items) && items.length === 2 ? 'list, commas between' : 'words, spaces between';
}

function range({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum}–${maximum}`;
}
