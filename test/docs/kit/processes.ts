import type { z } from 'zod';
import { ConfigSchema as apiSchema } from '../../../apps/api/src/config.ts';
import { ConfigSchema as notifierSchema } from '../../../apps/notifier/src/config.ts';
import { ConfigSchema as workerSchema } from '../../../apps/worker/src/config.ts';
import { SandboxConfigSchema } from '../../../packages/sandbox/src/config.ts';

export interface Process {
  readonly name: string;
  /** What it is, and what its environment is for. */
  readonly about: string;
  readonly schema: z.ZodObject;
}

/** The processes of a deployment. */
export const deployed: readonly Process[] = [
  { name: 'api', about: 'Takes requests over HTTP and puts them into Redis.', schema: apiSchema },
  { name: 'worker', about: 'Takes recordings from Redis, records rooms and uploads the files.', schema: workerSchema },
  { name: 'notifier', about: 'POSTs the results to the Callbacks.', schema: notifierSchema },
];

export const sandbox: Process = {
  name: 'sandbox',
  about:
    'Stands in for Tencent Cloud in development and tests; not part of a deployment. `npm run demo` and `npm run dev` set its environment themselves.',
  schema: SandboxConfigSchema,
};

export const processes: readonly Process[] = [...deployed, sandbox];
