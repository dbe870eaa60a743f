import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { QualitySchema, StreamTypeSchema } from '@trtc-recorder/contracts';
import type { DocumentFacts, FilePlan, ProducedFile, Undecodable } from '@trtc-recorder/media';
import type { Logger } from '@trtc-recorder/runtime';
import { z } from 'zod';
import type { Files } from './ports.ts';

/** What is kept beside a produced file: of which plan it is, and what is known of it. */
const FactsSchema = z.object({
  plan: z.string(),
  /** Of whose stream; versions before didn't keep it. */
  userId: z.string().optional(),
  stream: StreamTypeSchema.optional(),
  /** Name in the same directory. */
  name: z.string().regex(/^[\w.]+$/),
  size: z.number(),
  durationMs: z.number(),
  startMs: z.number(),
  endMs: z.number(),
  quality: QualitySchema,
  /** What could not be decoded; versions before didn't keep it. */
  undecodable: z
    .array(z.object({ kind: z.enum(['audio', 'video']), startMs: z.number(), endMs: z.number() }))
    .default([]),
});

/**
 * Files that are made once: a file gets its facts beside it when it has been checked and has reached the disk, and who
 * finds both takes it as it is, in a later round of delivery or after a crash. Anything else is made anew.
 */
export const keepingProduced = <F extends Pick<Files, 'produce' | 'writeTimeline'>>(files: F, logger: Logger): F => ({
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
  writeTimeline: async (journal, facts: DocumentFacts, spoolDir: string) =>
    files.writeTimeline(journal, { ...facts, undecodable: await keptUndecodable(spoolDir) }, spoolDir),
});

/** What turned out to be undecodable in the files that were made here. */
async function keptUndecodable(spoolDir: string): Promise<Undecodable[]> {
  const names = await readdir(directory(spoolDir)).catch(() => []);
  const facts = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readFacts(path.join(directory(spoolDir), name))),
  );
  return facts.flatMap((known) =>
    known?.userId === undefined || known.stream === undefined
      ? []
      : known.undecodable.map((each) => ({ ...each, userId: known.userId ?? '', stream: known.stream ?? 'main' })),
  );
}

/** Null when it isn't there, or torn. */
async function readFacts(file: string): Promise<z.output<typeof FactsSchema> | null> {
  try {
    return FactsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** The same journal gives the same plan, and so the same file. */
const digestOf = (plan: FilePlan): string => createHash('sha256').update(JSON.stringify(plan)).digest('hex');

const ownerOf = ({ userId, stream }: FilePlan) => ({ userId, stream });
const directory = (spoolDir: string): string => path.join(spoolDir, 'files');
const factsFile = ({ id }: FilePlan, spoolDir: string): string =>
  path.join(directory(spoolDir), `${String(id).padStart(6, '0')}.json`);

async function readKept(plan: FilePlan, spoolDir: string): Promise<ProducedFile | null> {
  const kept = await readFacts(factsFile(plan, spoolDir));
  if (kept?.plan !== digestOf(plan)) return null;
  const { size, durationMs, startMs, endMs, quality, undecodable } = kept;
  const file = {
    path: path.join(directory(spoolDir), kept.name),
    size,
    durationMs,
    startMs,
    endMs,
    quality,
    undecodable,
  };
  const found = await stat(file.path).catch(() => null);
  return found?.size === size ? file : null;
}

/** The file is on the disk before its facts, and those appear whole: after a power cut neither lies. */
async function keep(plan: FilePlan, spoolDir: string, { path: file, ...facts }: ProducedFile): Promise<void> {
  await sync(file);
  const final = factsFile(plan, spoolDir);
  const temporary = `${final}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(
      JSON.stringify({ ...ownerOf(plan), plan: digestOf(plan), name: path.basename(file), ...facts }),
    );
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
