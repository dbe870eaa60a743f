import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './held-equal.ts';

/** Every Markdown page that a reader may find, by its path from the root. */
export const pages = (): string[] => [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

export const readPage = (page: string): string => readFileSync(path.join(root, page), 'utf8');

/** Targets of a page's links that stay in the project: `docs/x.md`, `y.md#heading`. */
export const localLinks = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Anchors of a page's headings, as GitHub makes them. */
export const headingAnchors = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
