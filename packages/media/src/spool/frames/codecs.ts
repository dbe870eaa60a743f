import type { Codec, Kind } from '@trtc-recorder/contracts';

/** RTP ticks per second: 48 kHz for Opus whatever it encodes (RFC 7587), 90 kHz for video. */
export const clockRate = (kind: Kind): number => (kind === 'audio' ? 48_000 : 90_000);

export type VideoCodec = Exclude<Codec, 'opus'>;
export const isVideoCodec = (codec: Codec): codec is VideoCodec => codec !== 'opus';
