import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foreground } from './setup/run-command.mjs';

/**
 * Everything: build, format, lint, directions of imports, then all tests. Arguments go to Jest, and then only the
 * build comes before. The last line says `tests: N passed, N failed, N skipped`.
 */
export async function runTests(root, args, env) {
  const checked = await foreground('npm', ['run', '--silent', args.length === 0 ? 'check' : 'build'], env);
  if (checked !== 0) return checked;
  const dir = mkdtempSync(path.join(tmpdir(), 'trtc-recorder-test-'));
  const report = path.join(dir, 'report.json');
  try {
    const jest = ['--experimental-vm-modules', '--no-warnings', path.join(root, 'node_modules/jest/bin/jest.js')];
    const code = await foreground(process.execPath, [...jest, '--json', `--outputFile=${report}`, ...args], env);
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A suite that could not even load has no failed test of its own; it must not look like a pass.
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    console.log(`tests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`);
    return code;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
