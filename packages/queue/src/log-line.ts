/**
 * Characters that a reader doesn't see, or that turn the text around them about: control characters (C0 and C1), bidi
 * controls, line separators, zero-width ones and halves of surrogate pairs. User ids and messages of others have any.
 */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\u200b\u2060\ufeff]/gu;

/** A line of a job's log: the time, then the text with the invisible in it escaped as `\u{202e}`. */
export const logLine = (text: string, now = new Date()): string =>
  `${now.toISOString()} ${text.replace(INVISIBLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)}`;
