import { randomBytes } from 'node:crypto';

/**
 * Keys of a spool's copies: `<spool>/<session>-<number>`. A session is one worker's copying of the spool, so that two
 * that copy it at once, because one was taken for dead, never write the same key. In the order of their text: a session
 * begins with the time, or with more than the one before it, of which `last` is the last key: clocks are set back.
 */
export function newSession(now: number, last?: string): string {
  const before = Number(KEY.exec(last ?? '')?.[2] ?? 0);
  return `${String(Math.max(now, before + 1)).padStart(15, '0')}.${randomBytes(4).toString('hex')}`;
}

export const copyKey = (spool: string, session: string, number: number): string =>
  `${spool}/${session}-${String(number).padStart(8, '0')}`;

const KEY = /^([0-9a-f]{16})\/(\d{15})\.[0-9a-f]{8}-\d{8}$/;

/** The keys by spool; what else may lie there is left out. */
export function bySpool(keys: readonly string[]): Map<string, string[]> {
  const spools = new Map<string, string[]>();
  for (const key of keys) {
    const spool = KEY.exec(key)?.[1];
    if (spool === undefined) continue;
    const known = spools.get(spool);
    if (known === undefined) spools.set(spool, [key]);
    else known.push(key);
  }
  return spools;
}
