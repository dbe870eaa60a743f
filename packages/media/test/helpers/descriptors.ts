import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Runs `work` while this process can open no further file, pipe or socket: its soft limit is below what it has open. */
export async function withoutDescriptors<T>(work: () => Promise<T>): Promise<T> {
  const limits = `prlimit --pid ${process.pid} --nofile`;
  const script = `old=$(${limits} --raw --noheadings --output SOFT)
    read _; ${limits}=3:; echo low
    read _; ${limits}=$old:; echo as before`;
  const helper = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: helper.stdout });
  const next = async (): Promise<void> => {
    const said = once(lines, 'line');
    helper.stdin.write('\n');
    await said;
  };
  await next();
  try {
    return await work();
  } finally {
    await next();
    helper.stdin.end();
  }
}
