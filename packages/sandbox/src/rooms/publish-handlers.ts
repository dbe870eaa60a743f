import { handler, type Handler } from './handler.ts';
import {
  MuteSchema,
  NothingSchema,
  PublishSchema,
  PublishStateSchema,
  RoleSchema,
  type Mute,
  type State,
} from './messages.ts';
import { REFUSAL, ROLE } from './protocol.ts';
import { placeOf, type Session } from './session.ts';

function publish(session: Session, { state, mute }: { state?: State | undefined; mute?: Mute | undefined }): void {
  const place = placeOf(session);
  if (place === undefined) return;
  const { published } = place.member;
  if (state !== undefined) {
    const { audio, bigVideo: main, smallVideo: small, auxVideo: sub } = state;
    published.state = { audio, main, small, sub };
  }
  if (mute !== undefined) published.muted = { audio: mute.audio, video: mute.bigVideo, sub: mute.auxVideo };
  place.room.publishingChanged(place.member);
}

const NOTHING = { audio: false, bigVideo: false, smallVideo: false, auxVideo: false };

export const publishHandlers: Readonly<Record<string, Handler>> = {
  'publish/v2': handler(PublishSchema, (session, data, reply) => {
    const place = placeOf(session);
    if (place === undefined) {
      reply.refuse(REFUSAL.general);
      return;
    }
    if (!place.member.isAnchor) {
      reply.refuse(REFUSAL.notAnchor, 'audience may not publish');
      return;
    }
    const code = session.world.refusals.take('publish', { userId: session.userId }).code;
    if (code !== 0) {
      reply.refuse(code);
      return;
    }
    place.member.announce(data);
    publish(session, { state: data.state, mute: data.muteState });
    reply();
  }),

  /** One of several tracks stops, or the small picture goes on or off; `state` is the whole wanted state. */
  publish_state_change: handler(PublishStateSchema, (session, { state }, reply) => {
    publish(session, { state });
    reply();
  }),

  /** The last track stops. */
  unpublish: handler(NothingSchema, (session, _data, reply) => {
    publish(session, { state: NOTHING });
    reply();
  }),

  mute_uplink: handler(MuteSchema, (session, mute, reply) => {
    publish(session, { mute });
    reply();
  }),

  change_role: handler(RoleSchema, (session, { role }, reply) => {
    const place = placeOf(session);
    if (place === undefined) {
      reply.refuse(REFUSAL.general);
      return;
    }
    const { room, member } = place;
    if (role === ROLE.anchor && !member.isAnchor) {
      member.role = ROLE.anchor;
      room.announce(member);
    } else if (role === ROLE.audience && member.isAnchor) room.demote(member);
    reply();
  }),
};
