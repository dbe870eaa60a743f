import { z } from 'zod';

/** What the SDK sends, as far as this server reads it. Unknown fields pass: an SDK may send more than is needed. */
const number = z.coerce.number().catch(0);
const truth = z.coerce.boolean().catch(false);
const text = z.string().catch('');

/** One codec of an ability: what SDP calls rtpmap, fmtp, rtcp-fb and the payload type of its retransmissions. */
export const CodecSchema = z.looseObject({
  codec: z.string(),
  payload: z.coerce.number(),
  fmtp: z.string().catch(''),
  rtx: number,
  rtcpfb: z.array(z.looseObject({ id: z.string() })).catch([]),
});
export type Codec = z.infer<typeof CodecSchema>;

/**
 * The "ability" that both sides exchange instead of SDP; each builds its own description from the two. `video.codecs`
 * is the uplink, `video.decoders` the downlink.
 */
export const AbilitySchema = z.looseObject({
  ice: z.looseObject({ ufrag: z.string(), password: z.string() }),
  dtls: z.looseObject({ hash: z.string(), fingerprint: z.string() }),
  audio: z.looseObject({ codecs: z.array(CodecSchema).min(1) }),
  video: z.looseObject({ codecs: z.array(CodecSchema), decoders: z.array(CodecSchema) }),
});
export type Ability = z.infer<typeof AbilitySchema>;

/** `join/v2`: `roomId` is always text. */
export const JoinSchema = z.looseObject({
  roomId: z.coerce.string(),
  useStringRoomId: truth,
  trtcRole: number,
  userSig: text,
  ability: AbilitySchema.optional(),
});
export type Join = z.infer<typeof JoinSchema>;

export const ReconnectSchema = z.looseObject({ roomId: z.coerce.string(), useStringRoomId: truth });

export const RebuildSchema = z.looseObject({ ability: AbilitySchema });

const StateSchema = z.looseObject({ audio: truth, bigVideo: truth, smallVideo: truth, auxVideo: truth });
export const MuteSchema = z.looseObject({ audio: truth, bigVideo: truth, auxVideo: truth });
export type Mute = z.infer<typeof MuteSchema>;
export type State = z.infer<typeof StateSchema>;

/** `publish/v2`: sent for every started track; `state` is the whole wanted state. RTP starts after the reply only. */
export const PublishSchema = z.looseObject({
  audioSsrc: number,
  bigVideoSsrc: number,
  bigVideoRtxSsrc: number,
  smallVideoSsrc: number,
  smallVideoRtxSsrc: number,
  auxVideoSsrc: number,
  auxVideoRtxSsrc: number,
  state: StateSchema,
  muteState: MuteSchema.optional(),
});
export type Publish = z.infer<typeof PublishSchema>;

export const PublishStateSchema = z.looseObject({ state: StateSchema });

export const RoleSchema = z.looseObject({ role: number });

const wanted = { audio: truth, bigVideo: truth, smallVideo: truth, auxVideo: truth };
export interface Wanted {
  readonly audio: boolean;
  readonly bigVideo: boolean;
  readonly smallVideo: boolean;
  readonly auxVideo: boolean;
}

/** `subscribe/v3`: the subscriber chooses the SSRCs; small and big share `bigVideoSsrc`. */
export const SubscribeSchema = z.looseObject({
  srcUserId: text,
  srcTinyId: z.coerce.string().catch(''),
  ...wanted,
  ssrc: z.looseObject({
    audioSsrc: number,
    bigVideoSsrc: number,
    bigVideoRtxSsrc: number,
    auxVideoSsrc: number,
    auxVideoRtxSsrc: number,
  }),
});
export type Subscribe = z.infer<typeof SubscribeSchema>;

export const SubscribeChangeSchema = z.looseObject({ srcTinyId: z.coerce.string().catch(''), ...wanted });

export const UnsubscribeSchema = z.looseObject({ srcTinyId: z.coerce.string().catch('') });

export const NothingSchema = z.unknown();

/** A request of the SDK. */
export const RequestSchema = z.looseObject({
  cmd: z.string(),
  data: z.unknown(),
  seq: z.unknown(),
  userId: z.string().optional(),
});
