import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Room } from '@trtc-recorder/contracts';
import {
  MAX_KEY_BYTES,
  objectKey,
  objectUrl,
  recordingPrefix,
  timelineKey,
  type ObjectName,
} from '@trtc-recorder/tencent';

const base: ObjectName = {
  path: '/trtc',
  room: { type: 'int', id: 43474 },
  requestId: '0b9e1c1a-8d1f-4f9e-9b7e-0a5f0f1e2d3c',
  userId: 'user_55952145',
  stream: 'main',
  startedAt: Date.UTC(2026, 10, 24, 14, 58, 4, 123),
  extension: 'mp4',
};
const fileOf = (key: string) => key.split('/').at(-1)!;

describe('objectKey', () => {
  test('is readable for ordinary names', () => {
    expect(objectKey(base)).toBe(
      'trtc/43474/0b9e1c1a-8d1f-4f9e-9b7e-0a5f0f1e2d3c/user_55952145_main_20261124T145804.123Z.mp4',
    );
  });

  test("a recording's keys, and no other's, begin with its prefix", () => {
    const prefix = recordingPrefix(base);
    expect([objectKey(base), timelineKey(base)].every((key) => key.startsWith(prefix))).toBe(true);
    expect(objectKey({ ...base, requestId: `${base.requestId}1` }).startsWith(prefix)).toBe(false);
  });

  test('the timeline lies beside the files', () => {
    expect(timelineKey(base)).toBe(objectKey(base).replace(/[^/]+$/, 'timeline.json'));
  });

  test.each([
    ['/', ''],
    ['', ''],
    ['trtc', 'trtc/'],
    ['/trtc/', 'trtc/'],
    ['//a///b//', 'a/b/'],
    ['/./a/../b', 'a/b/'],
    ['/录制/Bärte & Co', '录制/Bärte & Co/'],
    ['/a\u0000b', 'a_b/'],
  ])('path %j begins the key with %j', (path, beginning) => {
    expect(objectKey({ ...base, path })).toMatch(new RegExp(`^${beginning}43474/`));
  });

  test('a path that leaves no room for the rest is refused', () => {
    expect(() => objectKey({ ...base, path: 'x'.repeat(800) })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter.Field' }),
    );
  });

  test.each([
    ['../x', /^___x~[0-9a-f]{16}_main_/],
    ['-rf', /^_rf~[0-9a-f]{16}_main_/],
    ['a;b $(c)', /^a_b___c_~[0-9a-f]{16}_main_/],
    [`"'\``, /^___~[0-9a-f]{16}_main_/],
    ['中文', /^中文_main_/],
    ['Ærø👍', /^Ærø👍_main_/],
    ['e\u0301', /^é~[0-9a-f]{16}_main_/],
    ['\u0301e', /~[0-9a-f]{16}_main_/],
    ['.', /^_~[0-9a-f]{16}_main_/],
    ['CON', /^CON~[0-9a-f]{16}_main_/],
    ['con.tact', /^con_tact~[0-9a-f]{16}_main_/],
    ['john.doe', /^john\.doe_main_/],
    ['Alice', /^Alice_main_/],
    ['user-A.b_1', /^user-A\.b_1_main_/],
    ['a.', /^a_~[0-9a-f]{16}_main_/],
    ['x'.repeat(64), /^x{64}_main_/],
    ['\ud800', /^_~[0-9a-f]{16}_main_/],
  ])('UserId %j', (userId, file) => {
    expect(fileOf(objectKey({ ...base, userId }))).toMatch(file);
  });

  test('integer and string rooms of the same digits are two', () => {
    const key = (room: Room) => objectKey({ ...base, room });
    expect(key({ type: 'int', id: 123 })).toContain('/123/');
    expect(key({ type: 'string', id: '123' })).toContain('/123~string/');
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 64 }),
  fc.string({
    unit: fc.constantFrom('a', 'A', '.', '-', '~', '_', '/', '0', 'é', 'e\u0301', 'ſ', 'K', '\ud800'),
    maxLength: 6,
  }),
  fc.constantFrom('con', 'CON', 'con.x', 'nul', 'a~0123456789abcdef', 'x_main_20261124T145804.123Z.mp4'),
);
const room = fc.oneof(
  fc.record({ type: fc.constant('int' as const), id: fc.integer({ min: 1, max: 999 }) }),
  fc.record({ type: fc.constant('string' as const), id: fc.oneof(text, fc.integer({ min: 1, max: 999 }).map(String)) }),
);
const name: fc.Arbitrary<ObjectName> = fc.record({
  path: fc.string({ unit: 'grapheme', maxLength: 60 }),
  room,
  requestId: fc.uuid(),
  userId: text,
  stream: fc.constantFrom('main' as const, 'sub' as const),
  startedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  extension: fc.constantFrom('mp3', 'mp4'),
});
/** What a file system or a client may make of a key on its way. */
const nfc = (key: string) => key.normalize('NFC');

describe('whatever the names', () => {
  test('a key is short, has no empty, dot or control segment, and survives its URL', () => {
    fc.assert(
      fc.property(name, (any) => {
        const key = objectKey(any);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(MAX_KEY_BYTES);
        expect(key).not.toMatch(/\p{Cc}|\p{Cs}/u);
        for (const segment of key.split('/')) expect(['', '.', '..']).not.toContain(segment);
        const generated = key.split('/').slice(-3);
        for (const segment of generated) {
          expect(segment).toMatch(/^[\p{L}\p{M}\p{N}\p{Extended_Pictographic}_~.-]+$/u);
          expect(segment).not.toMatch(/^[.-]|\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu);
        }
        const url = new URL(objectUrl({ bucket: 'b-1250000000', region: 'ap-guangzhou', key }));
        expect(decodeURIComponent(url.pathname)).toBe(`/${key}`);
      }),
    );
  });

  test('two recordings, anchors, streams or starts never share a key, whatever form Unicode is brought to', () => {
    fc.assert(
      fc.property(name, text, room, (any, otherUser, otherRoom) => {
        const key = nfc(objectKey(any));
        if (otherUser !== any.userId) expect(nfc(objectKey({ ...any, userId: otherUser }))).not.toBe(key);
        if (otherRoom.type !== any.room.type || otherRoom.id !== any.room.id)
          expect(nfc(objectKey({ ...any, room: otherRoom }))).not.toBe(key);
        expect(nfc(objectKey({ ...any, startedAt: any.startedAt + 1 }))).not.toBe(key);
        expect(nfc(objectKey({ ...any, stream: any.stream === 'main' ? 'sub' : 'main' }))).not.toBe(key);
      }),
    );
  });

  test('the longest names still fit beside the longest path the API takes', () => {
    const long = {
      ...base,
      path: `/${'录'.repeat(170)}`,
      userId: '中'.repeat(21),
      room: { type: 'string', id: 'A'.repeat(64) },
    } as const;
    expect(Buffer.byteLength(objectKey(long))).toBeLessThanOrEqual(MAX_KEY_BYTES);
  });
});

describe('objectUrl', () => {
  test.each([
    ['ap-guangzhou', 'https://b-1250000000.cos.ap-guangzhou.myqcloud.com/a%20b/%E4%B8%AD%2B%27.mp4'],
    ['cn-south', 'https://b-1250000000.cn-south.myqcloud.com/a%20b/%E4%B8%AD%2B%27.mp4'],
  ])('is percent-encoded per segment in %s', (region, url) => {
    expect(objectUrl({ bucket: 'b-1250000000', region, key: `a b/中+'.mp4` })).toBe(url);
  });
});
