import type { z } from 'zod';
import { probablyMeant } from './misspelling.ts';

type Issue = z.core.$ZodIssue;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of these are not repeated: a message gets into logs. */
const SECRET = /KEY|TOKEN|SECRET|URL|PASSWORD/;

/** What is wrong with one variable: its name, its value, and what to set. */
export function faultOf(issue: Issue, schema: z.ZodObject, env: Environment): string {
  const name = String(issue.path[0]);
  const { description = 'see docs/configuration.md', cure } = (schema.shape[name] as z.ZodType).meta() ?? {};
  const value = env[name] ?? '';
  if (value === '') {
    const found = misspelled(schema, env).find(({ meant }) => meant === name);
    const hint = found === undefined ? '' : ` (${found.name} is set: is that what you meant?)`;
    return `${name} is required: ${typeof cure === 'string' ? cure : description}${hint}`;
  }
  return `${name}${SECRET.test(name) ? '' : `=${value}`} is wrong: ${expectationOf(issue)} (${description})`;
}

function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `it must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      if (issue.format === 'url')
        return 'it must be a URL; in a user name or password write : / ? # [ ] @ % as %3A %2F %3F %23 %5B %5D %40 %25';
      return issue.format === 'regex' ? issue.message : `it must be a ${issue.format}`;
    default:
      return issue.message;
  }
}

/** Variables that are set and that the schema does not have, but whose names are a typing error away from one it has. */
export function misspelled(schema: z.ZodObject, env: Environment): { name: string; meant: string }[] {
  const known = Object.keys(schema.shape);
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name.replace(/_FILE$/, '')) || known.includes(name)) return [];
    const meant = probablyMeant(name, known);
    return meant === undefined || isSet(env[meant]) ? [] : [{ name, meant }];
  });
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
