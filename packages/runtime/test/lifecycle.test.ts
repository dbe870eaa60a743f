import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { silentLogger, untilStopped } from '@trtc-recorder/runtime';

type Told = readonly ['SIGTERM' | 'SIGINT'] | readonly ['uncaughtException' | 'unhandledRejection', Error];
const bug = new Error('a bug');

/** An app whose draining never ends unless it is to, and what was asked of it. */
function play(told: readonly Told[], { graceMs = 60_000, drains = true, crashes = true } = {}) {
  const process = new EventEmitter();
  const asked: string[] = [];
  const ask =
    (what: string, ends = true) =>
    () => {
      asked.push(what);
      return ends ? Promise.resolve() : new Promise<void>(() => undefined);
    };
  const app = { drain: ask('drain', drains), kill: ask('kill'), ...(crashes && { crash: ask('crash') }) };
  const stopped = untilStopped(process, app, { graceMs, logger: silentLogger() });
  for (const [event, ...args] of told) process.emit(event, ...args);
  return { asked, stopped };
}

describe('how a process stops', () => {
  test.each<[string, readonly Told[], Parameters<typeof play>[1], string[], number]>([
    ['a signal drains', [['SIGTERM']], {}, ['drain'], 0],
    ['a second signal kills', [['SIGTERM'], ['SIGINT']], { drains: false }, ['drain', 'kill'], 1],
    [
      'draining longer than the grace period turns into a kill',
      [['SIGTERM']],
      { drains: false, graceMs: 1 },
      ['drain', 'kill'],
      1,
    ],
    [
      'an exception that nobody caught is a crash, once',
      [
        ['uncaughtException', bug],
        ['uncaughtException', bug],
      ],
      {},
      ['crash'],
      1,
    ],
    ['an app without a crash of its own is killed', [['uncaughtException', bug]], { crashes: false }, ['kill'], 1],
    ['a rejection that nobody waited for stops nothing', [['unhandledRejection', bug], ['SIGTERM']], {}, ['drain'], 0],
  ])('%s', async (_what, told, settings, expected, code) => {
    const { asked, stopped } = play(told, settings);
    expect(await stopped).toBe(code);
    expect(asked).toEqual(expected);
  });
});
