import { open } from 'node:fs/promises';

const HEADER_BYTES = 16;

/** Types of an MP4's top-level boxes in file order (ISO 14496-12, 4.2); reading stops where the file does. */
export async function topLevelBoxes(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { size: fileSize } = await file.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    const types: string[] = [];
    for (let offset = 0; offset + 8 <= fileSize;) {
      await file.read(header, 0, HEADER_BYTES, offset);
      const short = header.readUInt32BE(0);
      const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? fileSize - offset : short;
      types.push(header.toString('latin1', 4, 8));
      if (size < 8) break;
      offset += size;
    }
    return types;
  } finally {
    await file.close();
  }
}

/** Whether a player can start before it has the whole file: the index comes before the media. */
export const isFastStart = (boxes: readonly string[]): boolean =>
  boxes.includes('moov') && boxes.indexOf('moov') < boxes.indexOf('mdat');

/** Whether an MP3 begins with the header that tells its true length (Xing, or Info for constant bit rate). */
export async function hasLengthHeader(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const text = head.toString('latin1', 0, bytesRead);
    return text.includes('Xing') || text.includes('Info');
  } finally {
    await file.close();
  }
}
