import path from 'node:path';
import { z } from 'zod';
import { parseFlags, wholeNumber, type Usage } from '../options.ts';

const port = wholeNumber(0, 65_535);
const Schema = z.object({
  dir: z.string().min(1, 'it must be a directory'),
  workers: wholeNumber(0, 16),
  'api-port': port,
  'redis-port': port,
  'sandbox-port': port,
  'cos-port': port,
  'trtc-api-port': port,
  'callback-port': port,
  verbose: z.boolean().default(false),
  json: z.boolean().default(false),
});

export type DevOptions = z.infer<typeof Schema>;

const portFlag = (byDefault: string, what: string) =>
  ({ type: 'string', default: byDefault, value: 'N', about: `TCP port of ${what}; 0: any` }) as const;

export const devUsage = (cwd: string): Usage => ({
  command: 'dev',
  about: 'The whole product on this machine, with a sandbox for TRTC and COS, until Ctrl-C.',
  flags: {
    dir: {
      type: 'string',
      default: path.join(cwd, '.dev'),
      value: 'DIR',
      about: 'keys, queue, spools, files and logs',
    },
    workers: { type: 'string', default: '1', value: 'N', about: 'how many workers' },
    'api-port': portFlag('3000', 'the API'),
    'redis-port': portFlag('6479', 'Redis'),
    'sandbox-port': portFlag('8480', 'the rooms and their pages'),
    'cos-port': portFlag('8481', 'COS'),
    'trtc-api-port': portFlag('8482', "TRTC's server API"),
    'callback-port': portFlag('8490', 'the receiver that prints callbacks'),
    verbose: { type: 'boolean', default: false, about: 'print every log line as it is (JSON)' },
    json: { type: 'boolean', default: false, about: 'print one line of JSON with the addresses, and nothing else' },
  },
});

export const devOptions = (args: readonly string[], cwd: string): DevOptions =>
  parseFlags(args, devUsage(cwd).flags, Schema);
