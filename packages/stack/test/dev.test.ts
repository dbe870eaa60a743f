import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demoOptions, demoUsage } from '../src/demo/options.ts';
import { demoOutput } from '../src/demo/output.ts';
import { drillOptions, drillUsage } from '../src/drill/options.ts';
import { devOptions, devUsage } from '../src/dev/options.ts';
import { plainLine } from '../src/dev/plain-line.ts';
import { refuseTakenPorts } from '../src/dev/ports.ts';
import { keysIn } from '../src/keys.ts';
import { helpText } from '../src/options.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'dev-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the keys of a stack', () => {
  test('are made once for a directory, readable by their owner only', async () => {
    const first = await keysIn(path.join(dir, 'a'));
    expect(await keysIn(path.join(dir, 'a'))).toEqual(first);
    expect((await keysIn(path.join(dir, 'b'))).payloadKey).not.toBe(first.payloadKey);
    expect((await stat(path.join(dir, 'a', 'keys.json'))).mode & 0o777).toBe(0o600);
  });
  test('that are damaged are not replaced: the queue is sealed with them', async () => {
    const file = path.join(dir, 'a', 'keys.json');
    await chmod(file, 0o600);
    await writeFile(file, '{"payloadKey":');
    await expect(keysIn(path.join(dir, 'a'))).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringContaining('is damaged: remove'),
    });
    expect(await readFile(file, 'utf8')).toBe('{"payloadKey":');
  });
});

describe('the command line', () => {
  test.each<[string, () => unknown, string]>([
    ['demo', () => demoOptions(['--seconds', 'abc'], '/'), '--seconds abc: it must be a number from 2 to 3600'],
    ['demo', () => demoOptions(['--seconds', '1'], '/'), '--seconds 1: it must be a number from 2 to 3600'],
    ['demo', () => demoOptions(['--mode', '03'], '/'), '--mode 03: must be "00"'],
    ['demo', () => demoOptions(['--secnods', '5'], '/'), 'there is no option --secnods; did you mean --seconds?'],
    ['demo', () => demoOptions(['--nothing'], '/'), 'there is no option --nothing; --help lists the options'],
    ['dev', () => devOptions(['--api-port', 'x'], '/'), '--api-port x: it must be a whole number from 0 to 65535'],
    ['dev', () => devOptions(['--workers', '1.5'], '/'), '--workers 1.5: it must be a whole number from 0 to 16'],
    ['drill', () => drillOptions(['--runs', '0'], () => 1), '--runs 0: it must be a whole number from 1 to 1000'],
    ['drill', () => drillOptions(['--only', 'kill-wroker'], () => 1), 'there is no drill "kill-wroker"'],
  ])('%s refuses a wrong value with what would be right: %#', (_, run, message) => {
    expect(run).toThrow(
      expect.objectContaining({ code: 'InvalidConfiguration', message: expect.stringContaining(message) }),
    );
  });

  test.each([demoUsage('/'), devUsage('/'), drillUsage])(
    'help of $command has every option with what it does',
    (usage) => {
      const text = helpText(usage);
      expect(text).toContain(`npm run ${usage.command} -- [options]`);
      for (const [name, { about = '' }] of Object.entries(usage.flags)) {
        expect(text).toContain(`--${name}`);
        expect(about.length).toBeGreaterThan(5);
      }
    },
  );
});

test('ports that others have are named before anything is started', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const refused = expect(refuseTakenPorts({ 'api-port': port, 'redis-port': 0 })).rejects.toMatchObject({
    message: expect.stringContaining(`--api-port ${port}.`),
  });
  await refused.finally(() => other.close());
  await expect(refuseTakenPorts({ 'redis-port': 0 })).resolves.toBeUndefined();
});

test.each<[string, object | string, string | undefined]>([
  [
    'a recording',
    { level: 'info', time: '2026-12-01T06:04:21.576Z', app: 'api', recording: 'r1', mode: '02', msg: 'accepted' },
    '06:04:21 p  accepted (recording=r1, mode=02)',
  ],
  ['a request', { level: 'info', requestId: 'q', route: '/', msg: 'answered' }, undefined],
  ['a start', { level: 'info', ready: true, msg: 'taking recordings' }, undefined],
  ['a detail', { level: 'debug', requestId: 'q', msg: 'x' }, undefined],
  [
    'a fault',
    {
      level: 'warn',
      time: '2026-12-01T06:04:21.576Z',
      err: { message: 'refused', stack: 'at …' },
      msg: 'Redis is away',
    },
    '06:04:21 p  warning: Redis is away (refused)',
  ],
  ['an error', { level: 'fatal', msg: 'gone' }, 'p  fatal: gone'],
  ['no JSON', '1:M 01 Dec Ready', 'p  1:M 01 Dec Ready'],
])('a log line for people: %s', (_, line, text) => {
  expect(plainLine('p', typeof line === 'string' ? line : JSON.stringify(line))).toBe(text);
});

describe('the progress of the demo', () => {
  const written = (isTTY: boolean): string => {
    let text = '';
    const output = demoOutput({ isTTY, write: (chunk: string) => (text += chunk) });
    for (const detail of ['0 s', '0 s', '1 s']) output.progress('In the room …', detail);
    for (const detail of ['2 s', '3 s', '3 s']) output.progress('Recording 2 anchors …', detail);
    output.say('done');
    return text;
  };
  test('in a file, a line for each change', () => {
    expect(written(false)).toBe('In the room …\nRecording 2 anchors …\ndone\n');
  });
  test('on a terminal, one line that changes', () => {
    expect(written(true).split('\u001b[2K\r').slice(1)).toEqual([
      'In the room …, 0 s',
      'In the room …, 1 s',
      'Recording 2 anchors …, 2 s',
      'Recording 2 anchors …, 3 s',
      'done\n',
    ]);
  });
});
