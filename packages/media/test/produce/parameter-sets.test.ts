import { expect, test } from '@jest/globals';
import { splitAnnexB, splitLengthPrefixed, joinWithLengths } from '../../src/produce/nal-units.ts';
import {
  avcCodecString,
  avcConfiguration,
  freeIds,
  mergeSets,
  parseAvcConfiguration,
  ppsId,
  setsOf,
  spsId,
} from '../../src/produce/parameter-sets.ts';

// Ids are Exp-Golomb: 1 is 0, 010 is 1, 011 is 2, 00100 is 3, 000010000 is 15.
const sps = (bits: number, level = 0x1f) => Uint8Array.of(0x67, 0x42, 0xe0, level, bits >> 8, bits & 0xff, 0x40);
const pps = (bits: number) => Uint8Array.of(0x68, bits >> 8, bits & 0xff);
const ID = { 0: 0x8000, 1: 0x4000, 2: 0x6000, 3: 0x2000, 15: 0x0800 };

test.each(Object.entries(ID).map(([id, bits]) => [Number(id), bits]))('id %i is read', (id, bits) => {
  expect(spsId(sps(bits))).toBe(id);
  expect(ppsId(pps(bits))).toBe(id);
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
  const first = { sps: [sps(ID[0])], pps: [pps(ID[0])] };
  const same = { sps: [sps(ID[0], 0x28)], pps: [pps(ID[0])] };
  const other = { sps: [sps(ID[1], 0x29)], pps: [pps(ID[1]), pps(ID[2])] };
  const merged = mergeSets([first, same, other]);
  expect(merged.sps.map(spsId)).toEqual([0, 1]);
  expect(merged.sps[0]).toBe(first.sps[0]);
  expect(merged.pps.map(ppsId)).toEqual([0, 1, 2]);
  expect(freeIds(merged)[0]).toBe(3);
});

test('the configuration holds all sets and the highest level', () => {
  const sets = { sps: [sps(ID[0], 0x1e), sps(ID[1], 0x28)], pps: [pps(ID[0]), pps(ID[1])] };
  const record = avcConfiguration(sets);
  expect([...record.subarray(0, 6)]).toEqual([1, 0x42, 0xe0, 0x28, 0xff, 0xe2]);
  const parsed = parseAvcConfiguration(record);
  expect(parsed.lengthSize).toBe(4);
  expect(parsed.sets.sps.map(spsId)).toEqual([0, 1]);
  expect(parsed.sets.pps.map(ppsId)).toEqual([0, 1]);
  expect(avcCodecString(sets)).toBe('avc1.42e01e');
});

test('sets are found among the units of a key frame', () => {
  const sets = setsOf([sps(ID[0]), pps(ID[0]), Uint8Array.of(0x65, 1)]);
  expect([sets.sps.length, sets.pps.length]).toEqual([1, 1]);
});
