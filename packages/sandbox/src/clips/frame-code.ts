/**
 * A number that can be read out of a picture after it was encoded, recorded and decoded: a block of black and white
 * cells near the top left corner. It lies at fixed fractions of width and height, so scaling does not harm it.
 *
 * 18 columns by 3 rows, each cell 1/20 of the width by 1/12 of the height, the block beginning one cell from the left
 * and the top, in a frame of grey half a cell wide. In each row the first two cells are sync: white, black; the other
 * 16 hold bits, most significant first, white is 1. The 48 bits in reading order: 24 of the frame number, 16 of the
 * source (the frequency of the anchor's beep, Hz), 8 of a checksum over the five bytes before (CRC-8, polynomial 0x07,
 * initial value 0xff).
 *
 * Runs in pages and in Node.
 */
export const FRAME_CODE = { columns: 18, rows: 3, cellWidth: 1 / 20, cellHeight: 1 / 12 } as const;

export interface FrameCode {
  /** The frame's place on its sender's media clock: media time in seconds × fps, as a whole number, modulo 2^24. */
  readonly number: number;
  /** Who: the frequency of the anchor's beep, Hz. */
  readonly source: number;
}

function checksum(bytes: readonly number[]): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80) === 0 ? (crc << 1) & 0xff : ((crc << 1) ^ 0x07) & 0xff;
  }
  return crc;
}

const bytesOf = ({ number, source }: FrameCode): number[] => [
  (number >> 16) & 0xff,
  (number >> 8) & 0xff,
  number & 0xff,
  (source >> 8) & 0xff,
  source & 0xff,
];

/** Which cells are white, row by row. */
export function frameCodeCells(code: FrameCode): boolean[][] {
  const bytes = bytesOf(code);
  const bits = [...bytes, checksum(bytes)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, index) => ((byte >> (7 - index)) & 1) === 1),
  );
  return [0, 16, 32].map((from) => [true, false, ...bits.slice(from, from + 16)]);
}

/** Left, top, right and bottom of a cell, or of the grey frame around all of them, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function cellBox(width: number, height: number, column: number, row: number): Box {
  const { cellWidth, cellHeight } = FRAME_CODE;
  return {
    left: Math.round(width * cellWidth * (column + 1)),
    top: Math.round(height * cellHeight * (row + 1)),
    right: Math.round(width * cellWidth * (column + 2)),
    bottom: Math.round(height * cellHeight * (row + 2)),
  };
}

export function frameBox(width: number, height: number): Box {
  const { columns, rows, cellWidth, cellHeight } = FRAME_CODE;
  return {
    left: Math.round(width * cellWidth * 0.5),
    top: Math.round(height * cellHeight * 0.5),
    right: Math.round(width * cellWidth * (columns + 1.5)),
    bottom: Math.round(height * cellHeight * (rows + 1.5)),
  };
}

/** White and black must lie at least this far apart to be told from a picture without a code. */
const LEAST_CONTRAST = 60;

/** Mean brightness of the middle quarter of a cell: its edges are blurred by the encoder. */
function brightness(gray: Uint8Array, width: number, height: number, column: number, row: number): number {
  const { left, top, right, bottom } = cellBox(width, height, column, row);
  const inX = Math.floor((right - left) / 4);
  const inY = Math.floor((bottom - top) / 4);
  let sum = 0;
  let count = 0;
  for (let y = top + inY; y < bottom - inY; y += 1)
    for (let x = left + inX; x < right - inX; x += 1) {
      sum += gray[y * width + x] ?? 0;
      count += 1;
    }
  return count === 0 ? 0 : sum / count;
}

/**
 * Reads the code out of a decoded picture (8-bit luma, one byte per pixel, rows of `width`); `undefined` when there is
 * none, or when it is damaged.
 */
export function readFrameCode(gray: Uint8Array, width: number, height: number): FrameCode | undefined {
  const bits: number[] = [];
  for (let row = 0; row < FRAME_CODE.rows; row += 1) {
    const cells = Array.from({ length: FRAME_CODE.columns }, (_, column) =>
      brightness(gray, width, height, column, row),
    );
    const [white = 0, black = 0, ...data] = cells;
    if (white - black < LEAST_CONTRAST) return undefined;
    bits.push(...data.map((cell) => (cell > (white + black) / 2 ? 1 : 0)));
  }
  const bytes = [0, 8, 16, 24, 32, 40].map((at) => bits.slice(at, at + 8).reduce((byte, bit) => byte * 2 + bit, 0));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, crc] = bytes;
  if (checksum([a, b, c, d, e]) !== crc) return undefined;
  return { number: (a << 16) | (b << 8) | c, source: (d << 8) | e };
}

/** The frame number alone; `undefined` when the picture has none that can be read. */
export const readFrameNumber = (gray: Uint8Array, width: number, height: number): number | undefined =>
  readFrameCode(gray, width, height)?.number;
