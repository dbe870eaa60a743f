import { deployed } from './processes.ts';
import { variablesOf, type Variable } from './variable.ts';

const INTRODUCTION = `# Environment of api, worker and notifier. Copy to .env and fill in what is required; a line without "#" is.
# docs/configuration.md has the values that each variable takes. Keep .env out of version control.
#
# PAYLOAD_KEY: openssl rand -base64 32

# compose on one machine: Redis beside the recorder, and no copies of the spools, because a machine that is lost takes the
# queue with it. Over several machines remove these two lines and set REDIS_URL (docker-compose.yml says more).
COMPOSE_PROFILES=local-redis
SPOOL_COPY=off

# compose: address and port on which the API is published
#API_PUBLISH=127.0.0.1:3000`;

interface Use {
  readonly process: string;
  readonly variable: Variable;
}

/** .env.example: every variable of a deployment once, with the processes that read it. */
export function envExample(): string {
  const uses = new Map<string, Use[]>();
  for (const { name: process, schema } of deployed)
    for (const variable of variablesOf(schema))
      uses.set(variable.name, [...(uses.get(variable.name) ?? []), { process, variable }]);
  return `${[INTRODUCTION, ...[...uses.values()].map(entry)].join('\n\n')}\n`;
}

function entry(uses: readonly Use[]): string {
  const [{ variable }] = uses as readonly [Use];
  const readers = uses.map(({ process }) => process).join(', ');
  const defaults = new Set(uses.map((use) => use.variable.byDefault));
  const differing =
    defaults.size > 1 ? `; default ${uses.map((use) => `${use.process} ${use.variable.byDefault}`).join(', ')}` : '';
  const line = variable.required
    ? `${variable.name}=`
    : `#${variable.name}=${differing ? '' : (variable.byDefault ?? '')}`;
  return `# ${readers}: ${variable.meaning}${differing}\n${line}`;
}
