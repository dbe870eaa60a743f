import { encodePictures } from './encode.ts';
import { slices } from './h264-payloads.ts';
import { clipSpec, type ClipSpecInput } from './spec.ts';

/** The coded pictures that anchors with this H264 clip send, in the loop's order: what bit-exact copies are held against. */
export const sentSlices = async (input: ClipSpecInput): Promise<Buffer[]> => {
  const spec = clipSpec({ ...input, codec: 'h264' });
  return slices(await encodePictures(spec));
};
