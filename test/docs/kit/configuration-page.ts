import { cell, table } from './held-equal.ts';
import { processes, type Process } from './processes.ts';
import { variablesOf, type Variable } from './variable.ts';

const INTRODUCTION = `# Configuration

Each process reads its environment once, when it starts, and refuses to start with a wrong value: the message has
the variable, its value (unless it is a secret) and what to set. A variable whose name is a typing error away from a known one
(\`API_TOKEN\`) has no effect; the process logs a warning. An empty variable counts as absent.

Each variable can be given by a file: \`PAYLOAD_KEY_FILE=/run/secrets/payload-key\` has the value of \`PAYLOAD_KEY\`, without
white space at its ends. A process refuses to start if both are set.

Switches take \`1\`, \`true\`, \`yes\`, \`on\` or \`0\`, \`false\`, \`no\`, \`off\`. A variable that several processes have is to
have the same value in all of them, but for \`DRAIN_GRACE_MS\` and \`LOG_LEVEL\`.

[.env.example](../.env.example) is a file to start from; \`docker-compose.yml\` reads it as \`.env\`.
\`PAYLOAD_KEY\` is made with \`openssl rand -base64 32\`.

This page is written from the processes' schemas by \`npm run docs\`; a test holds the two equal.`;

/** docs/configuration.md */
export const configurationPage = (): string => `${[INTRODUCTION, ...processes.map(section)].join('\n\n')}\n`;

const section = ({ name, about, schema }: Process): string =>
  `## ${name}\n\n${about}\n\n${table(['Variable', 'Default', 'Values', 'Meaning'], variablesOf(schema).map(row))}`;

const row = (variable: Variable): string[] => [
  `\`${variable.name}\``,
  defaultCell(variable),
  variable.values,
  cell(variable.meaning),
];

function defaultCell({ required, byDefault }: Variable): string {
  if (required) return '**required**';
  if (byDefault === undefined) return 'generated';
  return byDefault === '' ? 'empty' : `\`${byDefault}\``;
}
