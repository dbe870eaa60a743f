// npm run docs: writes docs/configuration.md, docs/errors.md, docs/metrics.md and .env.example from the code, by running the tests that
// otherwise compare them.
import { fileURLToPath } from 'node:url';
import { foreground } from './setup/run-command.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const jest = ['run', '--silent', 'jest', '--', '--selectProjects', 'docs', '--testPathPatterns', 'test/docs/'];
process.exit(await foreground('npm', jest, { ...process.env, UPDATE_DOCS: '1' }));
