/** What a copied text brings along unseen at its ends: white space, line ends, zero-width characters, marks of direction. */
const UNSEEN_AT_ENDS = /^[\p{C}\p{Z}]+|[\p{C}\p{Z}]+$/gu;

/** A pasted text without what is unseen at its ends. */
export const trimPasted = (text: string): string => text.replace(UNSEEN_AT_ENDS, '');

/** Keys, tokens and signatures are visible ASCII throughout. */
export const KEY_TEXT = /^[\x21-\x7e]*$/;
export const KEY_TEXT_RULE =
  'must be visible ASCII characters only: it holds a blank, a line end or an invisible character; copy it again';
