import { readLines } from './hosts-file.ts';

/** glibc's limit of `ndots`. */
const MAX_NDOTS = 15;

/**
 * The names to ask for, in the order of resolv.conf(5): `search` and `ndots` make `receiver` or `receiver.prod` in a pod
 * `receiver.prod.svc.cluster.local`.
 */
export function candidateNames(name: string, file = '/etc/resolv.conf'): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const lines = readLines(file);
  const search = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain')?.slice(1) ?? [];
  const found = search.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots(lines) ? [name, ...found] : [...found, name];
}

function ndots(lines: readonly string[][]): number {
  const options = lines.flatMap(([keyword, ...values]) => (keyword === 'options' ? values : []));
  const value = Number(options.findLast((option) => option.startsWith('ndots:'))?.slice('ndots:'.length) ?? 1);
  return Number.isInteger(value) ? Math.min(value, MAX_NDOTS) : 1;
}
