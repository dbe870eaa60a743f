import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, errorMessage } from '@trtc-recorder/runtime';

const STDERR_TAIL = 600;

/** Runs a program with `input` as its standard input; gives its standard output. Fails as an AppError that names it. */
export async function run(command: string, args: readonly string[], input: Iterable<Buffer> = []): Promise<Buffer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const failed = once(child, 'error').then(([error]) => {
    throw new AppError('SandboxFailed', `${command} could not be started: ${errorMessage(error)}`, { cause: error });
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  // A program that ends early breaks its input; its exit code says why.
  const fed = pipeline(Readable.from(input), child.stdin).catch(() => undefined);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [code] = await Promise.race([closed, failed]);
  await fed;
  if (code === 0) return Buffer.concat(output);
  const tail = Buffer.concat(complaints).toString('utf8').trim().slice(-STDERR_TAIL);
  throw new AppError('SandboxFailed', `${command} ended with ${code ?? 'a signal'}: ${tail}`, { details: { args } });
}

/** The same, but `undefined` when the program isn't installed. */
export async function tryRun(command: string, args: readonly string[]): Promise<Buffer | undefined> {
  try {
    return await run(command, args);
  } catch (error) {
    if (error instanceof AppError && isMissing(error.cause)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
