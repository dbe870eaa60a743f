import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program to its end and gives its standard output; throws with its standard error when it fails. */
export async function run(command: string, args: readonly string[]): Promise<{ stdout: Buffer; stderr: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const stderr = Buffer.concat(err).toString('utf8');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code ?? 'none'}\n${stderr.slice(-2000)}`);
  return { stdout: Buffer.concat(out), stderr };
}
