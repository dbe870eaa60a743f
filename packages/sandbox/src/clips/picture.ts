import { cellBox, frameBox, frameCodeCells, type Box } from './frame-code.ts';
import { FLASH_SECONDS, type ClipSpec } from './spec.ts';

/** Video range: what decoders show as black, grey and white. */
const BLACK = 16;
const GREY = 126;
const WHITE = 235;
const NO_COLOUR = 128;

/** The colour differences of an anchor: its frequency turns around the colour circle, in steps far from each other. */
function colourOf(freq: number): { blue: number; red: number } {
  const angle = ((freq * 137.5) % 360) * (Math.PI / 180);
  return { blue: Math.round(NO_COLOUR + 60 * Math.cos(angle)), red: Math.round(NO_COLOUR + 60 * Math.sin(angle)) };
}

/** Whether the picture of a frame is white. A flash begins at every whole second of media time. */
export const flashes = ({ fps, pattern }: Pick<ClipSpec, 'fps' | 'pattern'>, frame: number): boolean =>
  pattern === 'flash' && (frame % fps) / fps < FLASH_SECONDS;

/** Draws the frames of a clip, as raw 4:2:0 pictures (luma, then blue and red difference at half size). */
export function* pictures(spec: ClipSpec): Generator<Buffer> {
  for (let frame = 0; frame < spec.fps * spec.seconds; frame += 1) yield picture(spec, frame);
}

export function picture(spec: ClipSpec, frame: number): Buffer {
  const { width, height, freq } = spec;
  const pixels = width * height;
  const bytes = Buffer.alloc((pixels * 3) / 2, NO_COLOUR);
  const luma = bytes.subarray(0, pixels);
  if (flashes(spec, frame)) luma.fill(WHITE);
  else {
    const { blue, red } = colourOf(freq);
    bytes.fill(blue, pixels, (pixels * 5) / 4);
    bytes.fill(red, (pixels * 5) / 4);
    drawMotion(luma, width, height, frame / spec.fps);
  }
  drawCode(luma, width, height, { number: frame, source: freq });
  for (const from of [pixels, (pixels * 5) / 4])
    bleach(bytes.subarray(from, from + pixels / 4), width / 2, frameBox(width / 2, height / 2));
  return bytes;
}

/**
 * Slanted waves that travel 120 pixels a second, under a light grain that gives the encoder something to do. Whole
 * numbers only, and nothing looked up for each of the millions of pixels.
 */
function drawMotion(luma: Buffer, width: number, height: number, seconds: number): void {
  const shift = Math.round(seconds * 120);
  const { imul } = Math;
  let grain = 0x9e3779b9 ^ shift;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      grain = (imul(grain, 1_664_525) + 1_013_904_223) | 0;
      const phase = ((x + (y >> 1) + shift) & 127) - 64;
      luma[y * width + x] = 50 + (phase < 0 ? -phase : phase) + (grain >>> 29);
    }
}

/** Takes the colour out of a part of the picture. */
function bleach(difference: Buffer, width: number, { left, top, right, bottom }: Box): void {
  for (let y = top; y < bottom; y += 1) difference.fill(NO_COLOUR, y * width + left, y * width + right);
}

function drawCode(luma: Buffer, width: number, height: number, code: { number: number; source: number }): void {
  const paint = ({ left, top, right, bottom }: Box, value: number) => {
    for (let y = top; y < bottom; y += 1) luma.fill(value, y * width + left, y * width + right);
  };
  paint(frameBox(width, height), GREY);
  frameCodeCells(code).forEach((row, r) =>
    row.forEach((white, c) => paint(cellBox(width, height, c, r), white ? WHITE : BLACK)),
  );
}
