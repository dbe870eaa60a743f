import { createHash } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { QualitySchema } from '@trtc-recorder/contracts';
import type { FilePlan, ProducedFile } from '@trtc-recorder/media';
import type { Logger } from '@trtc-recorder/runtime';
import { z } from 'zod';
import type { Files } from './ports.ts';

/** What is kept beside a produced file: of which plan it is, and what is known of it. */
const FactsSchema = z.object({
  plan: z.string(),
  /** Name in the same directory. */
  name: z.string().regex(/^[\w.]+$/),
  size: z.number(),
  durationMs: z.number(),
  startMs: z.number(),
  endMs: z.number(),
  quality: QualitySchema,
});

/**
 * Files that are made once: a file gets its facts beside it when it has been checked and has reached the disk, and who
 * finds both takes it as it is, in a later round of delivery or after a crash. Anything else is made anew.
 */
export const keepingProduced = <F extends Pick<Files, 'produce'>>(files: F, logger: Logger): F => ({
  ...files,
  produce: async (plan: FilePlan, spoolDir: string, signal: AbortSignal) => {
    const kept = await readKept(plan, spoolDir);
    if (kept !== null) return kept;
    const file = await files.produce(plan, spoolDir, signal);
    await keep(plan, spoolDir, file).catch((error: unknown) => {
      logger.warn({ err: error }, 'a produced file could not be marked as done; a later round would make it again');
    });
    return file;
  },
});

/** The same journal gives the same plan, and so the same file. */
const digestOf = (plan: FilePlan): string => createHash('sha256').update(JSON.stringify(plan)).digest('hex');

const directory = (spoolDir: string): string => path.join(spoolDir, 'files');
const factsFile = ({ id }: FilePlan, spoolDir: string): string =>
  path.join(directory(spoolDir), `${String(id).padStart(6, '0')}.json`);

async function readKept(plan: FilePlan, spoolDir: string): Promise<ProducedFile | null> {
  try {
    const text = await readFile(factsFile(plan, spoolDir), 'utf8');
    const { plan: digest, name, ...facts } = FactsSchema.parse(JSON.parse(text));
    const file = { ...facts, path: path.join(directory(spoolDir), name) };
    return digest === digestOf(plan) && (await stat(file.path)).size === file.size ? file : null;
  } catch {
    // Not there, or torn.
    return null;
  }
}

/** The file is on the disk before its facts, and those appear whole: after a power cut neither lies. */
async function keep(plan: FilePlan, spoolDir: string, { path: file, ...facts }: ProducedFile): Promise<void> {
  await sync(file);
  const final = factsFile(plan, spoolDir);
  const temporary = `${final}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(JSON.stringify({ plan: digestOf(plan), name: path.basename(file), ...facts }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, final);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
