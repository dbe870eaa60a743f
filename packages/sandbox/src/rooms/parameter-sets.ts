import type { StreamPacket } from './source.ts';

/** What happens to the parameter sets of a video's first key frame: they come late, or never. */
export interface ParameterSetsRule {
  /** How much later than the rest they come, ms; never, when left out. */
  readonly lateMs?: number | undefined;
}

const PARAMETER_SETS = new Set([7, 8]);

/** Whether a packet is an H264 parameter set (SPS or PPS, RFC 6184 single NAL unit packets). */
export const isParameterSet = ({ codec, payload }: StreamPacket): boolean =>
  codec === 'h264' && PARAMETER_SETS.has(payload.readUInt8(0) & 0x1f);
