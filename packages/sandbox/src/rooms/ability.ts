import type { VideoCodec } from './codecs.ts';
import type { Ability, Codec } from './messages.ts';

const is = (name: string) => (codec: Codec) => codec.codec.toLowerCase() === name;
/** Constrained baseline 3.1, the profile that every SDK can make and take. */
const BASELINE = /42e01f|42001f/i;

/** Of several H264 variants the baseline one that may fragment pictures. */
function pickH264(list: readonly Codec[]): Codec | undefined {
  const all = list.filter(is('h264'));
  const fragmenting = all.filter(({ fmtp }) => fmtp.includes('packetization-mode=1'));
  return fragmenting.find(({ fmtp }) => BASELINE.test(fmtp)) ?? fragmenting[0] ?? all[0];
}

const pick = (list: readonly Codec[]): Partial<Record<VideoCodec, Codec>> => {
  const h264 = pickH264(list);
  const vp8 = list.find(is('vp8'));
  return { ...(h264 && { h264 }), ...(vp8 && { vp8 }) };
};

/** What the two sides of one connection speak. */
export interface Negotiated {
  readonly audio: Codec;
  /** From the browser, and to it. */
  readonly up: Partial<Record<VideoCodec, Codec>>;
  readonly down: Partial<Record<VideoCodec, Codec>>;
}

/**
 * Takes the browser's Opus, H264 and VP8. The SDK puts every codec of the server's `decoders` into its receiving
 * m-lines, so a subscriber takes H264 and VP8 side by side; of `codecs` it sends H264 unless `useVp8` is set.
 */
export function negotiate(ability: Ability): Negotiated | undefined {
  const [audio] = ability.audio.codecs;
  if (audio === undefined) return undefined;
  return { audio, up: pick(ability.video.codecs), down: pick(ability.video.decoders) };
}

/**
 * A codec as the server answers it. No header extensions are offered, so none are sent, and no transport-wide
 * congestion control either, which would need one.
 */
export const answered = (codec: Codec, rtx: boolean): Codec => ({
  ...codec,
  rtx: rtx ? codec.rtx : 0,
  rtcpfb: codec.rtcpfb.filter(({ id }) => id !== 'transport-cc' && id !== 'rrtr'),
});
