import { expect, test } from '@jest/globals';
import { isReadableSei } from '../../src/produce/sei.ts';

test.each([
  ['one message', [6, 5, 3, 1, 2, 3, 0x80], true],
  ['two messages', [6, 5, 1, 9, 243, 2, 1, 2, 0x80], true],
  ['a long type', [6, 255, 1, 1, 9, 0x80], true],
  ['no message', [6, 0x80], true],
  ['no end', [6, 5, 2, 1, 2], true],
  ['more than there is', [6, 243, 40, 1, 2, 3, 4, 0x80], false],
  ['a long size', [6, 5, 255, 255, 1, 2, 3, 0x80], false],
  ['a size that is cut off', [6, 5], false],
])('%s', (_, bytes, readable) => expect(isReadableSei(Uint8Array.from(bytes))).toBe(readable));
