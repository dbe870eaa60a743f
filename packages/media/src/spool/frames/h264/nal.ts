/** NAL unit types this product looks at (H264, table 7-1). */
export const NAL = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9 } as const;

const START_CODE = Buffer.from([0, 0, 1]);

export const nalType = (nal: Uint8Array): number => (nal[0] ?? 0) & 0x1f;
/** 0 when no other picture refers to this one. */
export const nalRefIdc = (nal: Uint8Array): number => ((nal[0] ?? 0) >> 5) & 3;

/** The NAL units of an access unit in Annex B (start codes), as views into `data`, without start codes. */
export const splitAnnexB = (data: Uint8Array): Uint8Array[] => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const nals: Uint8Array[] = [];
  let start = bytes.indexOf(START_CODE);
  while (start >= 0) {
    const from = start + START_CODE.length;
    start = bytes.indexOf(START_CODE, from);
    let to = start < 0 ? bytes.length : start;
    // A NAL unit never ends in a zero byte: these belong to the next start code, or pad the end.
    while (to > from && bytes[to - 1] === 0) to -= 1;
    if (to > from) nals.push(data.subarray(from, to));
  }
  return nals;
};

/** The same NAL units with lengths of 4 bytes in front instead of start codes, as Matroska and MP4 keep them. */
export const joinWithLengths = (nals: readonly Uint8Array[]): Uint8Array => {
  const joined = Buffer.allocUnsafe(nals.reduce((sum, nal) => sum + 4 + nal.length, 0));
  let at = 0;
  for (const nal of nals) {
    joined.writeUInt32BE(nal.length, at);
    joined.set(nal, at + 4);
    at += 4 + nal.length;
  }
  return joined;
};
