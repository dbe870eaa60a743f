import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foreground } from './setup/run-command.mjs';

/**
 * @typedef {object} Report the part of Jest's `--json` that is counted
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numRuntimeErrorTestSuites
 */

/**
 * Counts of several runs of Jest. A file that could not even be loaded has no failed test of its own; it counts as one.
 * @param {readonly Report[]} reports
 */
export function total(reports) {
  /** @param {(report: Report) => number} count */
  const sum = (count) => reports.reduce((all, report) => all + count(report), 0);
  return {
    passed: sum((report) => report.numPassedTests),
    failed: sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites),
    skipped: sum((report) => report.numPendingTests + report.numTodoTests),
  };
}

/**
 * The runs of Jest: units side by side, one for each core, as they wait more than they compute; then the fleet one file
 * after the other, because each starts the whole product and a browser, and a machine with two cores would be too slow
 * for more than one. A person who selects projects gets these in one run.
 * @param {readonly string[]} args
 */
export const jestRuns = (args) =>
  args.some((arg) => /^--(selectProjects|ignoreProjects)(=|$)/.test(arg))
    ? [args]
    : [
        ['--ignoreProjects', 'fleet', '--maxWorkers=100%', '--passWithNoTests', ...args],
        ['--selectProjects', 'fleet', '--runInBand', '--passWithNoTests', ...args],
      ];

/**
 * Build, format, lint and directions of imports (the last three only without arguments, which go to Jest), then the
 * tests. The last line is `tests: N passed, N failed, N skipped`.
 * @param {string} root
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(root, args, env) {
  const checked = await foreground('npm', ['run', '--silent', args.length === 0 ? 'check' : 'build'], env);
  if (checked !== 0) {
    console.log('tests: not run, because the check before them failed');
    return checked;
  }
  const dir = mkdtempSync(path.join(tmpdir(), 'trtc-recorder-test-'));
  try {
    const jest = ['--experimental-vm-modules', '--no-warnings', path.join(root, 'node_modules/jest/bin/jest.js')];
    const reports = [];
    let code = 0;
    for (const [index, run] of jestRuns(args).entries()) {
      const file = path.join(dir, `${index}.json`);
      code = (await foreground(process.execPath, [...jest, '--json', `--outputFile=${file}`, ...run], env)) || code;
      if (code > 1) return code; // Interrupted, or Jest itself failed.
      reports.push(JSON.parse(readFileSync(file, 'utf8')));
    }
    const { passed, failed, skipped } = total(reports);
    console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    return passed + failed === 0 ? 1 : code;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
