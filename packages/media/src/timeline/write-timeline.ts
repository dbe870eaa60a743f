import { AppError, inSlices } from '@trtc-recorder/runtime';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JournalEntry } from '../spool/journal/journal-entry.ts';
import { timelineDocument, type DocumentFacts } from './document.ts';
import { timelineOf, type TimelineOptions } from './timeline.ts';

export interface WriteTimelineOptions extends TimelineOptions {
  /** Made when missing. */
  readonly outDir: string;
}

/** Writes a recording's `timeline.json` and gives its path. Error: SpoolFull. */
export async function writeTimeline(
  journal: Iterable<JournalEntry>,
  facts: DocumentFacts,
  { outDir, ...options }: WriteTimelineOptions,
): Promise<string> {
  const file = path.join(outDir, 'timeline.json');
  const document = timelineDocument(await inSlices(timelineOf(journal, options)), facts);
  try {
    await mkdir(outDir, { recursive: true });
    await writeFile(file, `${JSON.stringify(document, null, 1)}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new AppError('SpoolFull', 'no space left for timeline.json', { cause: error });
  }
  return file;
}
