import { describe, expect, test } from '@jest/globals';
import { AppError, createLogger } from '../src/index.ts';

/** What is printed by a logger of the level `trace`. */
function printed(log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  log(createLogger({ app: 'test', level: 'trace', destination }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
const circular: Record<string, unknown> = { name: 'loop' };
circular['self'] = circular;
class Request {
  headers = { authorization: 'SECRET' };
}
const throwing = {
  get value(): string {
    throw new Error('no');
  },
};
const proxy: object = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('no keys');
    },
  },
);

describe('a log call never throws and keeps its text', () => {
  test.each<[string, unknown, unknown]>([
    ['a buffer', Buffer.from('SECRET'), '[6 bytes]'],
    ['a typed array', new Uint16Array(3), '[6 bytes]'],
    ['a list with a buffer', [1, Buffer.alloc(2)], [1, '[2 bytes]']],
    ['a cycle', circular, { name: 'loop', self: '[circular]' }],
    ['a big integer', 12n, '12'],
    ['a getter that throws', throwing, { value: '[unreadable]' }],
    ['a proxy without keys', proxy, '[unreadable]'],
    ['an instance of a class', new Request(), '[Request]'],
    ['a map', new Map([['a', Buffer.alloc(1)]]), { a: '[1 bytes]' }],
    ['a set', new Set([1, 2]), [1, 2]],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(NaN), null],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    ['a function', printed, '[function printed]'],
  ])('%s', (_, value, shown) => {
    const [direct, nested] = printed((logger) => {
      logger.error({ value }, 'text');
      logger.child({ value }).error({ deep: { er: { value } } }, 'text');
    });
    expect(direct).toMatchObject({ level: 'error', msg: 'text', value: shown });
    expect(nested).toMatchObject({ msg: 'text', value: shown, deep: { er: { value: shown } } });
  });

  test('an error of a Redis client names its command, and nothing that was given to it', () => {
    const command = { name: 'auth', args: ['SECRET'] };
    const lines = printed((logger) => {
      logger.warn({ err: Object.assign(new Error('WRONGPASS'), { command }) }, 'Redis does not answer');
    });
    expect(lines).toMatchObject([{ err: { message: 'WRONGPASS', command: 'auth' } }]);
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });

  test('an error with a buffer, and one in its cause, keep message, code and cause', () => {
    const parse = Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID', rawPacket: Buffer.from('SECRET') });
    const error = new AppError('InternalError', 'outer', { cause: parse, details: { body: Buffer.from('SECRET') } });
    const lines = printed((logger) => {
      logger.trace({ err: parse }, 'client error');
      logger.error({ err: error });
      logger.error(error);
      logger.error({ err: new AggregateError([parse], 'all failed') }, 'text');
    });
    expect(lines[0]).toMatchObject({ msg: 'client error', err: { message: 'Parse Error', rawPacket: '[6 bytes]' } });
    for (const line of lines.slice(1, 3))
      expect(line).toMatchObject({
        err: {
          type: 'AppError',
          code: 'InternalError',
          message: 'outer',
          stack: expect.stringContaining('logger.test'),
        },
      });
    expect(lines[1]).toMatchObject({ err: { cause: { message: 'Parse Error', code: 'HPE_INVALID' } } });
    expect(lines[3]).toMatchObject({ err: { errors: [{ message: 'Parse Error' }] } });
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });

  test('an error whose causes make a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(printed((logger) => logger.error({ err: error }, 'text'))[0]).toMatchObject({
      msg: 'text',
      err: { message: 'a', cause: { message: 'b', cause: '[circular]' } },
    });
  });
});

test('what stands under the name of a secret is not printed, at any depth and in any case', () => {
  const names = [
    'UserSig',
    'secretKey',
    'SecretId',
    'SESSIONTOKEN',
    'authorization',
    'sealed',
    'Callback',
    'CosConfig',
  ];
  const secrets = Object.fromEntries(names.map((name) => [name, 'SECRET']));
  const nested = [{ a: { b: { c: { d: [secrets] } } } }];
  const lines = printed((logger) => {
    logger.info({ ...secrets, nested }, 'text');
    logger.child(secrets).info('text');
    logger.error({ err: Object.assign(new Error('e', { cause: secrets }), secrets) }, 'text');
  });
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain('SECRET');
});
