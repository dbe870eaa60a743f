/** H264 NAL units in their two wrappings: Annex B (start codes) and length-prefixed (ISO 14496-15, AVCC). */

export const NAL_IDR = 5;
export const NAL_SPS = 7;
export const NAL_PPS = 8;

export const nalType = (unit: Uint8Array): number => (unit[0] ?? 0) & 0x1f;

const startCode = (data: Uint8Array, from: number): number => {
  for (let index = from; index + 2 < data.length; index++)
    if (data[index] === 0 && data[index + 1] === 0 && data[index + 2] === 1) return index;
  return -1;
};

const trimZeros = (data: Uint8Array, start: number, end: number): Uint8Array => {
  let last = end;
  while (last > start && data[last - 1] === 0) last -= 1;
  return data.subarray(start, last);
};

/** The units of an Annex B access unit; zero bytes before a start code belong to the start code. */
export const splitAnnexB = (data: Uint8Array): Uint8Array[] => {
  const units: Uint8Array[] = [];
  let code = startCode(data, 0);
  while (code !== -1) {
    const next = startCode(data, code + 3);
    const unit = trimZeros(data, code + 3, next === -1 ? data.length : next);
    if (unit.length > 0) units.push(unit);
    code = next;
  }
  return units;
};

/** The units of a length-prefixed access unit. A truncated last unit is left out. */
export const splitLengthPrefixed = (data: Uint8Array, lengthSize = 4): Uint8Array[] => {
  const units: Uint8Array[] = [];
  let offset = 0;
  while (offset + lengthSize <= data.length) {
    const length = Buffer.from(data.buffer, data.byteOffset + offset, lengthSize).readUIntBE(0, lengthSize);
    offset += lengthSize;
    if (length > 0 && offset + length <= data.length) units.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return units;
};

/** Units as one access unit with lengths of 4 bytes. */
export const joinLengthPrefixed = (units: readonly Uint8Array[]): Uint8Array => {
  const joined = Buffer.alloc(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  let offset = 0;
  for (const unit of units) {
    offset = joined.writeUInt32BE(unit.length, offset);
    joined.set(unit, offset);
    offset += unit.length;
  }
  return joined;
};
