export { joinWithLengths, NAL, nalType, splitAnnexB } from '../spool/frames/h264/nal.ts';

/** The NAL units of a length-prefixed access unit (ISO 14496-15). A truncated last unit is left out. */
export const splitLengthPrefixed = (data: Uint8Array, lengthSize = 4): Uint8Array[] => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const units: Uint8Array[] = [];
  let offset = 0;
  while (offset + lengthSize <= bytes.length) {
    const length = bytes.readUIntBE(offset, lengthSize);
    offset += lengthSize;
    if (length > 0 && offset + length <= bytes.length) units.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return units;
};
