import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Unwrapper } from '../../src/spool/frames/unwrap.ts';

test.each([
  ['counts on over the wrap', 32, [0xffff_fff0, 0x10], [0xffff_fff0, 0x1_0000_0010]],
  ['goes back over the wrap for a late one', 32, [0x10, 0xffff_fff0, 0x20], [0x10, -0x10, 0x20]],
  ['16 bits', 16, [0xffff, 0, 1, 0xffff], [0xffff, 0x1_0000, 0x1_0001, 0xffff]],
] as const)('%s', (_, bits, values, unwrapped) => {
  const unwrapper = new Unwrapper(bits);
  expect(values.map((value) => unwrapper.next(value))).toEqual(unwrapped);
});

test('whatever order steps come in, if none is half a turn, the true count comes out', () => {
  const steps = fc.array(fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), steps, (first, changes) => {
      const unwrapper = new Unwrapper(32);
      let truth = first;
      expect(unwrapper.next(first)).toBe(first);
      for (const change of changes) {
        truth += change;
        const raw = ((truth % 2 ** 32) + 2 ** 32) % 2 ** 32;
        expect(unwrapper.next(raw)).toBe(truth);
      }
    }),
  );
});
