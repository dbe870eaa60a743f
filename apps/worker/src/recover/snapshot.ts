import { copyFile, link, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * A spool as it is now, in a directory of its own. Closed segments are never written to again, so they are linked where
 * that is possible and take no room; what may still grow is copied. The spool itself is only read: a recording that
 * runs in it goes on undisturbed.
 */
export async function snapshot(spoolDir: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  // The journal comes first: what it speaks of is there when the segments are taken.
  const names = (await readdir(spoolDir)).filter((name) => /^(?:journal\.ndjson|\d+\.mkv(?:\.part)?)$/.test(name));
  for (const name of names.sort((a, b) => Number(a.startsWith('0')) - Number(b.startsWith('0')))) {
    const [from, to] = [path.join(spoolDir, name), path.join(target, name)];
    if (name.endsWith('.mkv')) await link(from, to).catch(() => copyFile(from, to));
    else await copyFile(from, to).catch((error: unknown) => closedMeanwhile(error, from, to));
  }
}

/** A `.part` that is gone has become the closed segment of the same number. */
async function closedMeanwhile(error: unknown, from: string, to: string): Promise<void> {
  if (!from.endsWith('.part')) throw error;
  await copyFile(from.slice(0, -'.part'.length), to.slice(0, -'.part'.length));
}
