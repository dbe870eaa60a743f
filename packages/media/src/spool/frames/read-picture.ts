import type { Frame } from '@trtc-recorder/contracts';
import { isVideoCodec } from './codecs.ts';
import { joinWithLengths, NAL, nalType, splitAnnexB } from './h264/nal.ts';
import { ParameterSets } from './h264/parameter-sets.ts';
import { parseSliceHeader, type SliceHeader } from './h264/slice-header.ts';
import type { ChainLink, Picture } from './picture.ts';
import { readVp8 } from './vp8.ts';

const isSlice = (nal: Uint8Array): boolean => {
  const type = nalType(nal);
  return type >= NAL.slice && type <= NAL.idr;
};

/** Reads what the bytes of one track's video frames say, and turns them into the form segments keep. */
export class PictureReader {
  readonly #sets = new ParameterSets();

  /** Undefined when there is no picture in it (parameter sets alone, padding). */
  read(frame: Frame, rtp: number, arrivedAt: number): Picture | undefined {
    if (!isVideoCodec(frame.codec) || frame.data.length === 0) return undefined;
    const base = { codec: frame.codec, rtp, arrivedAt, data: frame.data };
    if (frame.codec === 'h264') return this.#readH264(frame, base);
    if (frame.codec === 'vp8') return { ...base, ...readVp8(frame.data) };
    return { ...base, key: frame.key, width: frame.width, height: frame.height };
  }

  #readH264(frame: Frame, base: Omit<Picture, 'key'>): Picture | undefined {
    const nals = splitAnnexB(frame.data);
    this.#sets.update(nals);
    const slice = nals.find(isSlice);
    if (slice === undefined) return undefined;
    const header = this.#header(slice);
    const config = header === undefined ? undefined : this.#sets.config(header.ppsId);
    const key = config !== undefined && (header?.idr === true || (frame.key && header?.intra === true));
    return {
      ...base,
      data: joinWithLengths(nals),
      key,
      ...(header?.bidirectional === true && { bidirectional: true }),
      width: config?.sps.width,
      height: config?.sps.height,
      ...(key && { config }),
      chain: header === undefined ? undefined : this.#link(header),
    };
  }

  #header(slice: Uint8Array): SliceHeader | undefined {
    try {
      return parseSliceHeader(slice, this.#sets.lookup);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #link({ ppsId, idr, reference, frameNum, resetsFrameNum }: SliceHeader): ChainLink | undefined {
    const sps = this.#sets.lookup(ppsId)?.sps;
    if (sps === undefined) return undefined;
    return {
      idr,
      reference,
      frameNum,
      maxFrameNum: 2 ** sps.frameNumBits,
      resets: resetsFrameNum,
      gapsAllowed: sps.gapsAllowed,
      fields: !sps.frameMbsOnly,
    };
  }
}
