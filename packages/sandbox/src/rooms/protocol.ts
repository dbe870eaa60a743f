/**
 * Numbers of TRTC's signalling protocol as `trtc-sdk-v5` 5.17.1 speaks it in its single-connection mode. Learnt by
 * reading the SDK and by running it against this server; the real servers were not asked.
 *
 * Requests of the SDK are `{cmd: "text", data, userId, tinyId, seq}` over a WebSocket; what the server sends is
 * `{cmd: number, code, message, data, seq?, tinyId?}`, a reply repeating the request's `seq`.
 */

/** Bits of `flag` in the list of publishing users. 128 would make the SDK skip the entry. */
export const FLAG = { main: 1, small: 2, sub: 4, audio: 8, videoMuted: 16, audioMuted: 64 } as const;

/** `trtcRole` of a member. */
export const ROLE = { anchor: 20, audience: 21 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** Reply number of each request. A request that isn't here gets no reply. */
export const REPLY: Readonly<Record<string, number>> = {
  join: 20,
  'join/v2': 20,
  reconnect: 514,
  rebuild_pc: 4150,
  get_user_list: 4137,
  publish: 4098,
  'publish/v2': 4146,
  publish_state_change: 4112,
  unpublish: 4100,
  subscribe: 4102,
  'subscribe/v3': 4156,
  subscribe_change: 4106,
  unsubscribe: 4104,
  mute_uplink: 4108,
  change_role: 4110,
  update_constraint_config: 772,
  ability_status_report: 4158,
  update_network_time: 5001,
};

/** Messages the server sends on its own. */
export const PUSH = {
  /** `{clientIp, signalInnerIp, svrTime}`, on connection. */
  hello: 19,
  /** `{reason}`: `kick`, `banned`, `room_disband` (the SDK emits KICKED_OUT) or `user_time_out` (it joins again). */
  removed: 9,
  /** `{srcTinyId, userId, role}`: an anchor came in. Audience is never announced. */
  peerJoin: 4134,
  /** `{userId, srcTinyId, reason}`: an anchor is gone. */
  peerLeave: 4135,
  /**
   * `{userList: [{userId, srcTinyId, flag}]}`: the complete list of publishing users, the receiver included (its own
   * upload state is judged by it). Sent at every change and every 2 s. Who is missing has unpublished but may be there.
   */
  publishers: 23,
} as const;

/** Codes of a refused join, in TRTC's documented numbers. */
export const JOIN_CODE = {
  sigExpired: 70001,
  sigMalformed: 70002,
  sigMismatch: 70003,
  sigOtherUser: 70013,
  sigOtherApp: 70014,
  noSuchApp: 70020,
} as const;

/** Why somebody left, in `peerLeave`. */
export const LEAVE_REASON = { left: 0, timedOut: 1, removed: 2, becameAudience: 3 } as const;

/** What `removed` may say. */
export const REMOVAL_REASONS = ['kick', 'banned', 'room_disband', 'user_time_out'] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** Replies that refuse. */
export const REFUSAL = {
  /** Not in a room, or not understood. */
  general: -1,
  /** Audience may not publish. */
  notAnchor: -10012,
  /** The subscribed user is not there; the SDK tolerates it. */
  noSuchPublisher: -10036,
} as const;
