/** Names under which a secret might be logged by mistake. */
const SECRET_KEYS = new Set([
  'usersig',
  'secretkey',
  'secretid',
  'sessiontoken',
  'token',
  'authorization',
  'sealed',
  'callback',
  'cosconfig',
  'backupcosconfig',
  'password',
  'payloadkey',
]);

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const UNREADABLE = '[unreadable]';

/**
 * The fields of a log line as plain values that any serializer can write: no buffers (they may hold a request's bytes,
 * keys included), no class instances, no cycles, no getters that throw, and nothing under a secret's name. Never throws.
 */
export const plainFields = (fields: object): Record<string, unknown> => {
  const copy = copyOf(fields, [], true);
  return typeof copy === 'object' && copy !== null ? (copy as Record<string, unknown>) : { fields: copy };
};

function copyOf(value: unknown, parents: readonly object[], whole = false): unknown {
  try {
    if (typeof value === 'object' && value !== null) return copyOfObject(value, parents, whole);
    if (typeof value === 'function') return `[function ${value.name}]`;
    return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
  } catch {
    return UNREADABLE;
  }
}

function copyOfObject(value: object, parents: readonly object[], whole: boolean): unknown {
  if (parents.includes(value)) return '[circular]';
  if (parents.length >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return copyOfError(value, parents);
  if (value instanceof Date || value instanceof URL) return JSON.parse(JSON.stringify(value)) as unknown;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  const inside = [...parents, value];
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => copyOf(item, inside));
  if (value instanceof Set) return [...value].slice(0, MAX_ITEMS).map((item) => copyOf(item, inside));
  if (value instanceof Map) return copyOfFields(Object.fromEntries(value) as object, inside);
  const { constructor } = value as { constructor?: { name: string } };
  const isPlain = constructor === undefined || constructor.name === 'Object';
  return whole || isPlain ? copyOfFields(value, inside) : `[${constructor.name}]`;
}

function copyOfError(error: Error, parents: readonly object[]): object {
  const inside = [...parents, error];
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    stack,
    ...copyOfFields(error, inside),
    ...commandOf(error),
    ...(error instanceof AggregateError && { errors: copyOf(error.errors, inside) }),
    ...(cause !== undefined && { cause: copyOf(cause, inside) }),
  };
}

/** A Redis client's error carries its command; what that was given may be a password, or a whole recording. */
function commandOf(error: Error): object {
  const { command } = error as { command?: unknown };
  return typeof command === 'object' && command !== null && 'name' in command ? { command: command.name } : {};
}

function copyOfFields(value: object, inside: readonly object[]): Record<string, unknown> {
  const names = Object.keys(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(names.map((name) => [name, field(value, name, inside)]));
}

function field(value: object, name: string, inside: readonly object[]): unknown {
  if (SECRET_KEYS.has(name.toLowerCase())) return '[redacted]';
  try {
    return copyOf((value as Record<string, unknown>)[name], inside);
  } catch {
    return UNREADABLE;
  }
}
