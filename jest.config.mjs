// Tests run on the TypeScript sources (export condition "source"), so no build has to come first; the fleet in test/
// starts the built processes, which `npm test` builds before.
const swc = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' }, sourceMaps: 'inline' },
  ],
};
const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testMatch,
  transform: swc,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(cookie|content-disposition)$': '<rootDir>/apps/api/test/esm-only/$1.cjs' },
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/fixed-seeds.mjs'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  ...extra,
});
export default {
  projects: [
    project('unit', ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/apps/*/test/**/*.test.ts']),
    project('docs', ['<rootDir>/test/{docs,deploy,scripts,rules}/**/*.test.ts']),
    project('fleet', ['<rootDir>/test/fleet/**/*.test.ts']),
  ],
  testTimeout: 30_000,
};
