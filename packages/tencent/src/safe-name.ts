import { createHash } from 'node:crypto';

/**
 * What every file system, shell and URL takes as it is: letters and digits of any script, emoji, dash, underscore and
 * inner dots; no leading dot, dash or combining mark, and no trailing dot.
 */
const PLAIN =
  /^[\p{L}\p{N}\p{Extended_Pictographic}_](?:[\p{L}\p{M}\p{N}\p{Extended_Pictographic}_.-]*[\p{L}\p{M}\p{N}\p{Extended_Pictographic}_-])?$/u;
/** Device names of Windows, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
/** What stays readable of other texts: letters and digits of any script, emoji, dash and underscore. */
const UNREADABLE = /[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}_-]/gu;
const MAX_READABLE_BYTES = 64;

/**
 * A stranger's text as one safe segment of an object key, at most 81 bytes of UTF-8. A text that is safe stands for
 * itself; any other keeps what is readable and gets `~` and 64 bits of its digest, so that two texts never share a name.
 */
export function safeName(text: string): string {
  if (isSafe(text)) return text;
  // UTF-16, because UTF-8 would make all unpaired surrogates equal.
  const digest = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex').slice(0, 16);
  return `${readable(text)}~${digest}`;
}

const isSafe = (text: string): boolean =>
  PLAIN.test(text) &&
  !RESERVED.test(text) &&
  text === text.normalize('NFC') &&
  Buffer.byteLength(text) <= MAX_READABLE_BYTES;

function readable(text: string): string {
  const replaced = text.normalize('NFC').replace(UNREADABLE, '_').replace(/^-/, '_');
  return cutToBytes(replaced, MAX_READABLE_BYTES);
}

/** The longest beginning of whole characters that fits. */
function cutToBytes(text: string, limit: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}
