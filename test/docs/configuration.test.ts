import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { configurationPage } from './kit/configuration-page.ts';
import { envExample } from './kit/env-example.ts';
import { expectHeldEqual } from './kit/held-equal.ts';
import { processes } from './kit/processes.ts';
import { variablesOf } from './kit/variable.ts';

describe('the configuration and its documents', () => {
  test('docs/configuration.md has every variable as its schema has it, and no other', async () => {
    await expectHeldEqual('docs/configuration.md', configurationPage());
  });
  test('.env.example has every variable of a deployment as its schema has it, and no other', async () => {
    await expectHeldEqual('.env.example', envExample());
  });
});

describe.each(processes)('the variables of $name', ({ schema }) => {
  const variables = variablesOf(schema);
  test('each says what it is for', () => {
    expect(variables.filter(({ meaning }) => meaning.length < 5).map(({ name }) => name)).toEqual([]);
  });
  test('each with a default takes that default when it is written down', () => {
    for (const { name, byDefault } of variables) {
      if (byDefault === undefined || byDefault === '') continue;
      const field = schema.shape[name] as z.ZodType;
      const written = field.safeParse(byDefault);
      expect({ name, ...written }).toEqual({ name, success: true, data: field.parse(undefined) });
    }
  });
  test('a time or a size says its unit in its name', () => {
    const unclear = variables.filter(
      ({ name, meaning }) => /(^| |,)(ms|milliseconds|seconds|s|MiB)$/.test(meaning) && !/_(MS|S|MB)$/.test(name),
    );
    expect(unclear.map(({ name }) => name)).toEqual([]);
  });
});

test('a variable that several processes have means the same and takes the same values in each', () => {
  const differing = processes
    .flatMap(({ name: process, schema }) => variablesOf(schema).map((variable) => ({ process, ...variable })))
    .filter(({ name }) => name !== 'DRAIN_GRACE_MS' && name !== 'LOG_LEVEL')
    .reduce((seen, { name, values, byDefault, required }) => {
      const fact = JSON.stringify({ values, byDefault, required });
      return seen.set(name, (seen.get(name) ?? new Set<string>()).add(fact));
    }, new Map<string, Set<string>>());
  expect([...differing].filter(([, facts]) => facts.size > 1)).toEqual([]);
});
