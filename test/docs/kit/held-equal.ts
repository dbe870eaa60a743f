import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';
import * as prettier from 'prettier';

export const root = path.join(import.meta.dirname, '..', '..', '..');

/**
 * Expects a document to be exactly what the code says. `npm run docs` sets UPDATE_DOCS, and then the document is
 * written instead: a failing test has this one remedy.
 */
export async function expectHeldEqual(file: string, text: string): Promise<void> {
  const absolute = path.join(root, file);
  const parser = (await prettier.getFileInfo(absolute)).inferredParser;
  const style = await prettier.resolveConfig(absolute);
  const wanted = parser === null ? text : await prettier.format(text, { ...style, parser });
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(absolute, wanted);
  const found = await readFile(absolute, 'utf8').catch(() => '');
  if (found !== wanted) console.error(`${file} differs from the code. Write it anew with: npm run docs`);
  expect(found).toBe(wanted);
}

/** A cell of a Markdown table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

/** Rows under a header, as a Markdown table. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
