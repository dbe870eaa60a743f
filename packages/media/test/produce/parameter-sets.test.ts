import { expect, test } from '@jest/globals';
import { splitAnnexB, splitLengthPrefixed, joinWithLengths } from '../../src/produce/nal-units.ts';
import {
  avcCodecString,
  avcConfiguration,
  freeId,
  mergeSets,
  parseAvcConfiguration,
  setsOf,
} from '../../src/produce/parameter-sets.ts';
import { ppsId, spsId } from '../../src/spool/frames/h264/avc-configuration.ts';

/** Unsigned Exp-Golomb codes (H264, 9.1), one after the other, filled up to whole bytes. */
const golomb = (...values: number[]): number[] => {
  const bits = values.map((value) => (value + 1).toString(2)).map((code) => code.padStart(2 * code.length - 1, '0'));
  return (`${bits.join('')}1`.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
};
const sps = (id: number, level = 0x1f, profile = 0x42) => Uint8Array.of(0x67, profile, 0xe0, level, ...golomb(id));
const pps = (id: number, ofSps = id) => Uint8Array.of(0x68, ...golomb(id, ofSps));

test.each([0, 1, 2, 3, 15, 31])('id %i is read', (id) => {
  expect(spsId(sps(id))).toBe(id);
  expect(ppsId(pps(id))).toBe(id);
});

test('Annex B becomes length-prefixed, and zeros before a start code belong to it', () => {
  const annexB = Uint8Array.of(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4, 0);
  const units = splitAnnexB(annexB);
  expect(units.map((unit) => [...unit])).toEqual([
    [0x67, 1, 2],
    [0x68, 3],
    [0x65, 4],
  ]);
  const joined = joinWithLengths(units);
  expect(splitLengthPrefixed(joined).map((unit) => [...unit])).toEqual(units.map((unit) => [...unit]));
  expect(splitLengthPrefixed(joined.subarray(0, -1))).toHaveLength(2);
});

test('sets of two encoders live side by side; of two with one id the first counts', () => {
  const first = { sps: [sps(0)], pps: [pps(0)] };
  const same = { sps: [sps(0, 0x28)], pps: [pps(0)] };
  const other = { sps: [sps(1, 0x29)], pps: [pps(1), pps(2, 1)] };
  const merged = mergeSets([first, same, other]);
  expect(merged.sps.map(spsId)).toEqual([0, 1]);
  expect(merged.sps[0]).toBe(first.sps[0]);
  expect(merged.pps.map(ppsId)).toEqual([0, 1, 2]);
  expect(freeId(merged)).toBe(31);
});

test('the configuration holds all sets and the highest level', () => {
  const sets = { sps: [sps(0, 0x1e), sps(1, 0x28)], pps: [pps(0), pps(1)] };
  const record = avcConfiguration(sets);
  expect([...record.subarray(0, 6)]).toEqual([1, 0x42, 0xe0, 0x28, 0xff, 0xe2]);
  const parsed = parseAvcConfiguration(record);
  expect(parsed.sps.map(spsId)).toEqual([0, 1]);
  expect(parsed.pps.map(ppsId)).toEqual([0, 1]);
  expect(avcCodecString(sets)).toBe('avc1.42e028');
});

test('sets are found among the units of a key frame', () => {
  const sets = setsOf([sps(0), pps(0), Uint8Array.of(0x65, 1)]);
  expect([sets.sps.length, sets.pps.length]).toEqual([1, 1]);
});

test('a set that the record has no room for takes its picture parameter sets with it', () => {
  const ids = Array.from({ length: 32 }, (_, id) => id);
  const sets = parseAvcConfiguration(
    avcConfiguration({ sps: ids.map((id) => sps(id)), pps: ids.map((id) => pps(id)) }),
  );
  expect(sets.sps.map(spsId)).toEqual(ids.slice(0, 31));
  expect(sets.pps.map(ppsId)).toEqual(ids.slice(0, 31));
});

test('the configuration asks for what decodes all of its sets', () => {
  // 320x240 of x264 in High profile; the other as WebRTC senders have it.
  const high = Buffer.from('6764000dacb20283f420000003002000000301e1e28549', 'hex');
  const record = avcConfiguration({ sps: [sps(1), high], pps: [] });
  expect([...record.subarray(1, 4)]).toEqual([0x64, 0x00, 0x1f]);
  // 4:2:0, 8 bits: only a record of a High profile says so.
  expect([...record.subarray(-4)]).toEqual([0xfd, 0xf8, 0xf8, 0]);
});
