/** Start of a VP8 frame (RFC 6386, 9.1): whether it is a key frame, and then its size. */
export const readVp8 = (data: Uint8Array): { key: boolean; width?: number; height?: number } => {
  const first = data[0];
  if (first === undefined || (first & 1) === 1) return { key: false };
  if (data.length < 10 || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) return { key: false };
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { key: true, width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
};
