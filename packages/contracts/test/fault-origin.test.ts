import { expect, test } from '@jest/globals';
import { errorCatalogue, faultOrigin, type ErrorCode } from '../src/index.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

test('every code of the catalogue has an origin, and no other code has', () => {
  expect(Object.keys(faultOrigin).sort()).toEqual([...codes].sort());
});

/** Who has to act agrees with where the cause lies. */
const ACTS = {
  caller: ['caller'],
  machine: ['operator'],
  recording: ['service', 'operator'],
  peer: ['tencent', 'operator', 'caller'],
};

test.each(codes)('%s: who has to act fits to where the cause lies', (code) => {
  expect(ACTS[faultOrigin[code]]).toContain(errorCatalogue[code].blame);
});

test('the faults that cost no attempt are exactly those of a machine', () => {
  expect(codes.filter((code) => faultOrigin[code] === 'machine').sort()).toEqual([
    'BrowserLacksH264',
    'BrowserUnavailable',
    'InvalidConfiguration',
    'MachineExhausted',
    'SandboxFailed',
    'SealKeyMissing',
    'SpoolFailed',
    'SpoolFull',
    'ToolUnavailable',
  ]);
});
