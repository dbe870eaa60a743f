import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@trtc-recorder/runtime';
import { z } from 'zod';

const KeysSchema = z.object({
  payloadKey: z.string().min(1),
  app: z.object({ sdkAppId: z.int(), secretKey: z.string().min(1) }),
  cloud: z.object({ secretId: z.string().min(1), secretKey: z.string().min(1) }),
});

/** Keys of one stack: nothing of it is a secret outside this machine's loopback. */
export type StackKeys = z.infer<typeof KeysSchema>;

const FILE = 'keys.json';

/**
 * The keys of the stack in this directory, made at its first start. They lie beside the queue that is sealed with them: a
 * second start with other keys could not open it.
 * Error: InvalidConfiguration when the file is damaged.
 */
export async function keysIn(dir: string): Promise<StackKeys> {
  await mkdir(dir, { recursive: true });
  const file = path.join(dir, FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return parsed(text, file);
  const keys = makeKeys();
  // Whole or not at all: half a file would lock its own queue.
  await writeFile(`${file}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return keys;
}

function parsed(text: string, file: string): StackKeys {
  try {
    return KeysSchema.parse(JSON.parse(text));
  } catch (cause) {
    const cure = `remove ${path.dirname(file)} to begin with new keys and an empty queue`;
    throw new AppError('InvalidConfiguration', `${file} is damaged: ${cure}`, { cause });
  }
}

const makeKeys = (): StackKeys => ({
  payloadKey: randomBytes(32).toString('base64'),
  // The numbers of the documented example request.
  app: { sdkAppId: 1400000000, secretKey: randomBytes(32).toString('hex') },
  cloud: { secretId: `AKID${randomBytes(16).toString('hex')}`, secretKey: randomBytes(16).toString('hex') },
});
