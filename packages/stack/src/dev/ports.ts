import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError } from '@trtc-recorder/runtime';

/** Refuses ports that another process has, before anything is started. Error: InvalidConfiguration. */
export async function refuseTakenPorts(ports: Readonly<Record<string, number>>): Promise<void> {
  const taken: string[] = [];
  for (const [option, port] of Object.entries(ports))
    if (port !== 0 && !(await isFree(port))) taken.push(`--${option} ${port}`);
  if (taken.length === 0) return;
  throw new AppError(
    'InvalidConfiguration',
    `in use by another process: ${taken.join(', ')}. Does another \`npm run dev\` run? Stop it, or choose other ports`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
