import { PLAIN, UNSPECIFIED, type Colour, type Signal } from '../spool/frames/h264/vui.ts';
import type { FrameFormat } from './picture.ts';

const isFull = ({ signal: { colour } }: FrameFormat): boolean => colour?.fullRange === true;

/** ffmpeg's names of H264's matrix_coefficients (table E-5); others can't be converted. */
const MATRICES: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'fcc',
  5: 'bt470',
  6: 'smpte170m',
  7: 'smpte240m',
  9: 'bt2020',
};

/** Where either side is unspecified a player guesses both alike, and the samples stay as they are. */
const matrixOptions = (from: Colour | undefined, to: Colour | undefined): string => {
  const [source, target] = [MATRICES[from?.matrix ?? UNSPECIFIED], MATRICES[to?.matrix ?? UNSPECIFIED]];
  if (source === undefined || target === undefined || source === target) return '';
  return `:in_color_matrix=${source}:out_color_matrix=${target}`;
};

/** A full-range format of its own, because `pad` takes black from it. */
export const pixelFormat = (format: FrameFormat): string => (isFull(format) ? 'yuvj420p' : 'yuv420p');

/**
 * Fits frames into the file's format as they are displayed, with black borders. The range of each frame is known from its
 * decoder. Sizes are even.
 */
export const videoFilter = (format: FrameFormat, source: Signal = { ...PLAIN, pixel: format.signal.pixel }): string => {
  const { width, height, signal } = format;
  const { pixel } = signal;
  // How much wider a source's pixel is than the file's.
  const wider = `${source.pixel.num * pixel.den}/${source.pixel.den * pixel.num}`;
  const fitted = (most: number, pixels: string) => `'2*max(1,round(min(${most},${pixels})/2))'`;
  const w = fitted(width, `${height}*iw*${wider}/ih`);
  const h = fitted(height, `${width}*ih/(iw*${wider})`);
  const range = `out_range=${isFull(format) ? 'pc' : 'tv'}`;
  return [
    `scale=w=${w}:h=${h}:${range}${matrixOptions(source.colour, signal.colour)}`,
    `format=${pixelFormat(format)}`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:black`,
    `setsar=${pixel.num}/${pixel.den}`,
  ].join(',');
};

/** The encoded frames' parameter sets say of their colours what the copied ones say. */
export const videoSignal = ({ signal: { colour } }: FrameFormat): string[] => {
  if (colour === undefined) return [];
  const { fullRange, primaries, transfer, matrix } = colour;
  const described = [primaries, transfer, matrix].some((value) => value !== UNSPECIFIED);
  const fields = [
    `video_full_range_flag=${fullRange ? 1 : 0}`,
    ...(described
      ? [`colour_primaries=${primaries}`, `transfer_characteristics=${transfer}`, `matrix_coefficients=${matrix}`]
      : []),
  ];
  return ['-bsf:v', `h264_metadata=${fields.join(':')}`];
};
