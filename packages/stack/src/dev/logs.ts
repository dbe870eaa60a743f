import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import path from 'node:path';

/** Every line of every process of this start, each process in a file of its own: `<dir>/logs/<process>.log`. */
export function logFiles(dir: string): { readonly dir: string; write(process: string, line: string): void } {
  const logs = path.join(dir, 'logs');
  mkdirSync(logs, { recursive: true });
  const files = new Map<string, WriteStream>();
  return {
    dir: logs,
    write: (process, line) => {
      const file = files.get(process) ?? createWriteStream(path.join(logs, `${process}.log`), { flags: 'w' });
      files.set(process, file);
      file.write(`${line}\n`);
    },
  };
}
