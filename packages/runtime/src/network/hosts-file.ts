import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/**
 * Addresses of a name in a hosts file; empty where it has none. The file is read each time, synchronously: it is small,
 * it may change while the process runs, and reads in the thread pool wait for whatever else is there.
 */
export function addressesInHostsFile(name: string, file = '/etc/hosts'): string[] {
  const wanted = name.toLowerCase();
  return readLines(file).flatMap(([address, ...names]) =>
    address !== undefined && isIP(address) !== 0 && names.some((known) => known.toLowerCase() === wanted)
      ? [address]
      : [],
  );
}

/** Lines of a file of words; comments are left out. A file that is not there has no lines. */
export function readLines(file: string): string[][] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.map((line) =>
      line
        .replace(/[#;].*/, '')
        .split(/\s+/)
        .filter((word) => word !== ''),
    );
  } catch {
    return [];
  }
}
