import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@trtc-recorder/runtime';

const STDERR_TAIL = 600;

/** Runs a program with `input` as its standard input; gives its standard output. Fails as an AppError that names it. */
export async function run(command: string, args: readonly string[], input: Iterable<Buffer> = []): Promise<Buffer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const ended = end(command, child);
  // A program that ends early breaks its input; how it ended says why.
  const fed = pipeline(Readable.from(input), child.stdin).catch(() => undefined);
  const [code] = await Promise.all([ended, fed]);
  if (code === 0) return Buffer.concat(output);
  const tail = Buffer.concat(complaints).toString('utf8').trim().slice(-STDERR_TAIL);
  throw new AppError('SandboxFailed', `${command} ended with ${code ?? 'a signal'}: ${tail}`, { details: { args } });
}

/** The exit code, null after a signal; rejects when the program could not be started. */
const end = (command: string, child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (cause) =>
      reject(new AppError('SandboxFailed', `${command} could not be started: ${cause.message}`, { cause })),
    );
  });

/** The same, but `undefined` when the program isn't installed. */
export async function tryRun(command: string, args: readonly string[]): Promise<Buffer | undefined> {
  try {
    return await run(command, args);
  } catch (error) {
    if (error instanceof AppError && isMissing(error.cause)) return undefined;
    throw error;
  }
}

/** By its shape: errors of Node's own are not always of this realm's class. */
const isMissing = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
