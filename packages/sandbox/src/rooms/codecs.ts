/** The codecs a room carries, and how to see in an RTP payload that a key frame begins. */
export const VIDEO_CODECS = ['h264', 'vp8'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];
export type MediaKind = 'audio' | 'video';

/** RTP ticks a second. */
export const CLOCK_RATE: Readonly<Record<MediaKind, number>> = { audio: 48_000, video: 90_000 };

export const startsKeyFrame = (codec: VideoCodec, payload: Buffer): boolean =>
  codec === 'h264' ? h264StartsKeyFrame(payload) : vp8StartsKeyFrame(payload);

const NAL = { idr: 5, sequenceParameters: 7, aggregate: 24, fragment: 28 };
const isKeyNal = (type: number | undefined) => type === NAL.idr || type === NAL.sequenceParameters;

/** RFC 6184: an IDR picture or its parameter sets, alone, aggregated (STAP-A) or as a first fragment (FU-A). */
function h264StartsKeyFrame(payload: Buffer): boolean {
  const [first = 0, second = 0, , fourth = 0] = payload;
  const type = first & 0x1f;
  if (type === NAL.fragment) return (second & 0x80) !== 0 && isKeyNal(second & 0x1f);
  return isKeyNal(type === NAL.aggregate ? fourth & 0x1f : type);
}

/** RFC 7741: the start of partition 0, and the frame header's first bit clear (a key frame). */
function vp8StartsKeyFrame(payload: Buffer): boolean {
  const first = payload.at(0) ?? 0;
  const startsFrame = (first & 0x10) !== 0 && (first & 0x07) === 0;
  const header = payload.at(vp8DescriptorBytes(payload));
  return startsFrame && header !== undefined && (header & 1) === 0;
}

/** Length of the VP8 payload descriptor: one byte, and the optional ones that its bits announce. */
function vp8DescriptorBytes(payload: Buffer): number {
  const [first = 0, extension = 0, pictureId = 0] = payload;
  if ((first & 0x80) === 0) return 1;
  const hasPictureId = (extension & 0x80) !== 0;
  const pictureIdBytes = hasPictureId ? ((pictureId & 0x80) !== 0 ? 2 : 1) : 0;
  const temporalBytes = ((extension & 0x40) !== 0 ? 1 : 0) + ((extension & 0x30) !== 0 ? 1 : 0);
  return 2 + pictureIdBytes + temporalBytes;
}
