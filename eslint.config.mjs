import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** `process.env`, `process.on` and `process.exit` belong to main.ts: everything else is handed its configuration. */
const processRule = ['env', 'on', 'once', 'exit'].map((property) => ({
  object: 'process',
  property,
  message: 'Only main.ts reads the environment, takes signals and exits.',
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/dist-page/**', '.tsc-test/**', '**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines-per-function': ['warn', { max: 60, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['**/src/**/*.ts'],
    ignores: ['**/src/**/main.ts'],
    rules: { 'no-restricted-properties': ['error', ...processRule] },
  },
  {
    files: ['**/test/**/*.ts', 'test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
