import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { DirectoryCheck } from '../src/health/directory-check.ts';
import { Health, type Check, type CheckName } from '../src/health/health.ts';
import { machine } from '../src/health/machine.ts';

let root: string;
let health: Health | undefined;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'health-'));
});
afterEach(async () => {
  health?.stop();
  await rm(root, { recursive: true });
});

/** What the health does to the queue, in order, and the end of each wait for it. */
class QueueLog {
  readonly done: string[] = [];
  #waiting: { what: string; resolve: () => void }[] = [];
  closeIntake = () => this.#note('closed');
  openIntake = () => this.#note('open');
  handOver = () => {
    this.#note('handed over');
    return Promise.resolve();
  };
  reaches(what: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.done.includes(what)) resolve();
      else this.#waiting.push({ what, resolve });
    });
  }
  #note(what: string): void {
    this.done.push(what);
    for (const one of this.#waiting) if (one.what === what) one.resolve();
  }
}

const start = (checks: readonly Check[]) => {
  const gauge = new Map<CheckName, boolean>();
  const queue = new QueueLog();
  const onChange = (name: CheckName, passes: boolean) => void gauge.set(name, passes);
  health = new Health({ checks, logger: silentLogger(), againMs: 20, onChange });
  health.serving(queue);
  return { health, gauge, queue };
};

test('a directory that goes away closes the intake, hands over, and opens it again by itself when it is back', async () => {
  const dir = path.join(root, 'share');
  const directory = new DirectoryCheck(dir);
  await directory.prepare();
  const check = { name: 'directory' as const, run: () => directory.run(), everyMs: 20, handOverAfterMs: 100 };
  const { health, gauge, queue } = start([check]);
  expect([health.reason, gauge.get('directory')]).toEqual([null, true]);

  await rm(dir, { recursive: true });
  await queue.reaches('handed over');
  expect(queue.done).toEqual(['closed', 'handed over']);
  expect(health.reason).toMatch(/^WORK_DIR=.*ENOENT.*create the directory, or mount its volume$/);
  expect(gauge.get('directory')).toBe(false);

  await mkdir(dir);
  await queue.reaches('open');
  expect([queue.done, health.reason, gauge.get('directory')]).toEqual([['closed', 'handed over', 'open'], null, true]);
});

test('opens only when the last of two faults is over', () => {
  const { health, queue } = start([]);
  health.failed('browser', new AppError('BrowserUnavailable', 'no Chromium'));
  health.failed('ffmpeg', new AppError('ToolUnavailable', 'no ffmpeg'));
  expect(health.reason).toBe('no Chromium; no ffmpeg');
  health.passed('browser');
  expect(queue.done).not.toContain('open');
  health.passed('ffmpeg');
  expect([health.reason, queue.done.at(-1)]).toEqual([null, 'open']);
});

test('one that failed before the worker took jobs closes the intake too', () => {
  health = new Health({ checks: [], logger: silentLogger(), onChange: () => undefined });
  health.failed('browser', new AppError('BrowserUnavailable', 'no Chromium'));
  const queue = new QueueLog();
  health.serving(queue);
  expect(queue.done).toEqual(['closed']);
});

describe('the cause of a fault that a recording met', () => {
  const broken = { name: 'ffmpeg' as const, run: () => Promise.reject(new AppError('ToolUnavailable', 'no libx264')) };
  const fine = { name: 'directory' as const, run: () => Promise.resolve() };
  test.each([
    ['ConvertFailed', [broken, fine], true],
    ['ToolUnavailable', [broken, fine], true],
    ['MachineExhausted', [broken, fine], true],
    ['SpoolFailed', [broken, fine], false],
    ['BrowserUnavailable', [broken, fine], false],
    ['ConvertFailed', [fine], false],
  ] as const)('%s with %j: %s', async (code, checks, found) => {
    const { health } = start(checks);
    expect(await machine(health).examine(new AppError(code, 'x'))).toBe(found);
  });
});
