import path from 'node:path';
import { z } from 'zod';
import { parseFlags } from '../options.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const Schema = z.object({
  dir: z.string().min(1),
  workers: z.coerce.number().int().min(0).max(16),
  'api-port': port,
  'redis-port': port,
  'sandbox-port': port,
  'cos-port': port,
  'trtc-api-port': port,
  json: z.boolean().default(false),
});

/** `--dir DIR --workers N --api-port N --redis-port N --sandbox-port N --cos-port N --trtc-api-port N --json` */
export type DevOptions = z.infer<typeof Schema>;

export const devOptions = (args: readonly string[], cwd: string): DevOptions => {
  const flags = {
    dir: { type: 'string', default: path.join(cwd, '.dev') },
    workers: { type: 'string', default: '1' },
    'api-port': { type: 'string', default: '3000' },
    'redis-port': { type: 'string', default: '6479' },
    'sandbox-port': { type: 'string', default: '8480' },
    'cos-port': { type: 'string', default: '8481' },
    'trtc-api-port': { type: 'string', default: '8482' },
    json: { type: 'boolean', default: false },
  } as const;
  return parseFlags(args, flags, Schema);
};
