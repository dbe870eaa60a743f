/** Why a text can't be split into words. */
export class UnbalancedQuotes extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnbalancedQuotes';
  }
}

/** One part of a word: 'as it is', "with \" and \\", \escaped, plain. */
const PART = /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[^])*)"|\\(?<escaped>[^])|(?<plain>[^\s'"\\]+)/y;

/**
 * Splits a text into words as a POSIX shell does, quotes and backslashes included; nothing is expanded. Throws
 * UnbalancedQuotes.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /\s*/y;
    space.lastIndex = at;
    at += space.exec(text)?.[0].length ?? 0;
    if (at === text.length) break;
    const { word, end } = wordAt(text, at);
    words.push(word);
    at = end;
  }
  return words;
}

function wordAt(text: string, start: number): { word: string; end: number } {
  let word = '';
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) throw new UnbalancedQuotes(unbalanced(text, at));
    const { single, double, escaped, plain } = match.groups ?? {};
    word += single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
    at = PART.lastIndex;
  }
  return { word, end: at };
}

const unbalanced = (text: string, at: number): string =>
  text.charAt(at) === '\\'
    ? 'it ends with a backslash'
    : `the quote ${text.charAt(at)} at character ${at + 1} is never closed`;
