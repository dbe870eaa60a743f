import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue, faultOrigin, type ErrorCode } from '@trtc-recorder/contracts';
import { AppError, isMachineFault, startFault, toAppError, toolEndFault } from '../src/index.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const systemError = (code: string) => Object.assign(new Error(`${code}: refused`), { code, syscall: 'open' });

test.each(codes)(
  '%s: a fault of the machine where the catalogue says so, unless it was narrowed to a final one',
  (code) => {
    const isOfMachine = faultOrigin[code] === 'machine';
    expect(isMachineFault(new AppError(code, ''))).toBe(isOfMachine);
    if (errorCatalogue[code].retryable)
      expect(isMachineFault(new AppError(code, '', { retryable: false }))).toBe(false);
  },
);

describe('a system error', () => {
  test.each(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])('%s, wherever it is thrown: the machine is exhausted', (code) => {
    expect(toAppError(systemError(code)).code).toBe('MachineExhausted');
    expect(startFault('ffmpeg', systemError(code)).code).toBe('MachineExhausted');
  });
  test.each(['ENOENT', 'EACCES', 'ENOEXEC', 'ETXTBSY'])('%s of a program to start: it is not to be had', (code) => {
    expect(startFault('ffmpeg', systemError(code)).code).toBe('ToolUnavailable');
    expect(toAppError(systemError(code)).code).toBe('InternalError');
  });
  test('of a program that is really missing', async () => {
    const [cause] = (await once(spawn('/nowhere/ffmpeg'), 'error')) as [unknown];
    expect(startFault('ffmpeg', cause)).toMatchObject({ code: 'ToolUnavailable' });
  });
});

test.each([
  [{ exitCode: null, signal: 'SIGKILL' }, 'MachineExhausted'],
  [{ exitCode: 127, signal: null }, 'ToolUnavailable'],
  [{ exitCode: 126, signal: null }, 'ToolUnavailable'],
  [{ exitCode: 1, signal: null }, undefined],
  [{ exitCode: null, signal: 'SIGSEGV' }, undefined],
])('a tool that ended with %j: %s', (end, code) => {
  expect(toolEndFault(end)).toBe(code);
});
