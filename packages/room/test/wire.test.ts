import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatchWriter, codecOf, readBatch, WIRE_VERSION, type WireFrame } from '../src/wire.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const size = fc.option(fc.tuple(u16, u16), { nil: [undefined, undefined] as const });
const frames: fc.Arbitrary<WireFrame> = fc
  .record({
    tap: u16,
    ssrc: u32,
    codec: fc.constantFrom('opus' as const, 'h264' as const, 'vp8' as const, 'av1' as const, 'unknown' as const),
    key: fc.boolean(),
    rtpTimestamp: u32,
    receivedAt: fc.double({ min: 0, max: 4e12, noNaN: true }),
    sequenceNumber: fc.option(u16, { nil: undefined }),
    size,
    data: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ size: [width, height], ...frame }) => ({ ...frame, width, height }));
const entries = fc.array(
  fc.oneof(
    frames.map((frame) => ({ frame })),
    fc.string().map((message) => ({ message })),
  ),
);

describe('a batch', () => {
  test('gives back what was put in, in its order, whatever the buffer it started with', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 16, max: 4096 }), (list, initialBytes) => {
        const writer = new BatchWriter(initialBytes);
        for (const entry of list) {
          if ('frame' in entry) writer.frame(entry.frame);
          else writer.message(entry.message);
        }
        expect(writer.entries).toBe(list.length);
        const batch = readBatch(writer.take(1234.5));
        expect(batch.sentAt).toBe(1234.5);
        expect([...batch.entries]).toEqual(list);
      }),
    );
  });

  test('is empty again once taken, and the taken one is not written over', () => {
    const writer = new BatchWriter(64);
    writer.message('first');
    const first = writer.take(1);
    writer.message('other');
    expect([...readBatch(first).entries]).toEqual([{ message: 'first' }]);
    expect([...readBatch(writer.take(2)).entries]).toEqual([{ message: 'other' }]);
    expect([...readBatch(writer.take(3)).entries]).toEqual([]);
  });

  test('can be read from the middle of a larger buffer, as sockets give them', () => {
    const writer = new BatchWriter();
    writer.message('hello');
    const bytes = writer.take(7);
    const larger = new Uint8Array(bytes.length + 10);
    larger.set(bytes, 5);
    expect([...readBatch(larger.subarray(5, 5 + bytes.length)).entries]).toEqual([{ message: 'hello' }]);
  });

  test('is refused when it is of another version or cut short anywhere', () => {
    const writer = new BatchWriter();
    const frame = { tap: 1, ssrc: 2, codec: 'h264', key: true, rtpTimestamp: 3, receivedAt: 4 } as const;
    writer.frame({ ...frame, sequenceNumber: 5, width: 6, height: 7, data: new Uint8Array([8, 9]) });
    const bytes = writer.take(0);
    for (let length = 0; length < bytes.length; length += 1) {
      if (length === 9) continue; // a whole, empty batch
      expect(() => [...readBatch(bytes.subarray(0, length)).entries]).toThrow(RangeError);
    }
    bytes[0] = WIRE_VERSION + 1;
    expect(() => readBatch(bytes)).toThrow('version');
  });
});

test.each([
  ['video/H264', 'h264'],
  ['video/VP8', 'vp8'],
  ['audio/opus', 'opus'],
  ['video/AV1', 'av1'],
  ['audio/red', 'unknown'],
  [undefined, 'unknown'],
])('the codec of %s is %s', (mimeType, codec) => {
  expect(codecOf(mimeType)).toBe(codec);
});
