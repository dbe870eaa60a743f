import { describe, expect, test } from '@jest/globals';
import { jestRuns, total } from '../../scripts/tests.mjs';

const report = (counts: Partial<Parameters<typeof total>[0][number]>) => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  ...counts,
});

describe('the closing line', () => {
  test('adds up all runs', () => {
    const reports = [report({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }), report({ numPassedTests: 2 })];
    expect(total(reports)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });
  test('a file that could not be loaded counts as failed, though none of its tests ran', () => {
    const reports = [report({ numPassedTests: 3, numRuntimeErrorTestSuites: 1 }), report({ numFailedTests: 2 })];
    expect(total(reports)).toEqual({ passed: 3, failed: 3, skipped: 0 });
  });
});

describe('runs of Jest', () => {
  test('the fleet comes after all others, alone', () => {
    const [units, fleet] = jestRuns(['-t', 'kicked']);
    expect(units).toEqual(['--ignoreProjects', 'fleet', '--maxWorkers=100%', '--passWithNoTests', '-t', 'kicked']);
    expect(fleet).toEqual(expect.arrayContaining(['--selectProjects', 'fleet', '--runInBand', '-t', 'kicked']));
  });
  test.each([[['--selectProjects', 'unit']], [['--ignoreProjects=fleet']]])('a choice of projects: %j', (args) => {
    expect(jestRuns(args)).toEqual([args]);
  });
});
