import { expect, test } from '@jest/globals';
import { isOpusPacket } from '../../src/spool/frames/opus.ts';

const bytes = (count: number): number[] => Array.from({ length: count }, () => 7);
const [ONE, EQUAL, TWO, MANY] = [0xf8, 0xf9, 0xfa, 0xfb];
const VARYING = 0x80;
const PADDED = 0x40;

/** RFC 6716, 3.4: what a packet has to keep to. */
test.each([
  ['nothing', [], false],
  ['DTX', [ONE], true],
  ['one frame', [ONE, ...bytes(1275)], true],
  ['one frame that is too long', [ONE, ...bytes(1276)], false],
  ['two alike', [EQUAL, ...bytes(20)], true],
  ['two alike of unlike length', [EQUAL, ...bytes(21)], false],
  ['two', [TWO, 5, ...bytes(12)], true],
  ['two, the first of 252 bytes and more', [TWO, 252, 1, ...bytes(300)], true],
  ['two, the first longer than the packet', [TWO, 255, 255, 1, 2, 3], false],
  ['two, and no length', [TWO], false],
  ['two, and half a length', [TWO, 253], false],
  ['three alike', [MANY, 3, ...bytes(30)], true],
  ['three alike of unlike length', [MANY, 3, ...bytes(31)], false],
  ['none', [MANY, 0], false],
  ['no count', [MANY], false],
  ['more than 120 ms', [MANY, 7, ...bytes(70)], false],
  ['three, padded', [MANY, PADDED | 3, 4, ...bytes(30), 0, 0, 0, 0], true],
  ['three, with more padding than packet', [MANY, PADDED | 3, 200, ...bytes(30)], false],
  ['three of their own lengths', [MANY, VARYING | 3, 5, 6, ...bytes(18)], true],
  ['three, longer than the packet', [MANY, VARYING | 3, 5, 60, ...bytes(18)], false],
])('%s', (_, packet, valid) => expect(isOpusPacket(Uint8Array.from(packet))).toBe(valid));
