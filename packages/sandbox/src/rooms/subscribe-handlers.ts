import { handler, type Handler } from './handler.ts';
import { NothingSchema, SubscribeChangeSchema, SubscribeSchema, UnsubscribeSchema } from './messages.ts';
import { REFUSAL, ROLE } from './protocol.ts';
import { placeOf } from './session.ts';

export const subscribeHandlers: Readonly<Record<string, Handler>> = {
  'subscribe/v3': handler(SubscribeSchema, (session, request, reply) => {
    const code = session.world.refusals.take('subscribe', session.userId);
    if (code !== 0) {
      reply.refuse(code);
      return;
    }
    const place = placeOf(session);
    if (place?.room.subscribe(place.member, request) === true) reply();
    else reply.refuse(REFUSAL.noSuchPublisher);
  }),

  /** Often directly after subscribe/v3: video first, audio added. */
  subscribe_change: handler(SubscribeChangeSchema, (session, wanted, reply) => {
    placeOf(session)?.member.subscriptions.get(wanted.srcTinyId)?.want(wanted);
    reply();
  }),

  unsubscribe: handler(UnsubscribeSchema, (session, { srcTinyId }, reply) => {
    placeOf(session)?.member.unsubscribe(srcTinyId);
    reply();
  }),

  /** Every few seconds; an anchor that is missing here is treated as gone. */
  get_user_list: handler(NothingSchema, (session, _data, reply) => {
    const anchors = placeOf(session)?.room.anchors ?? [];
    reply({ userList: anchors.map(({ userId, tinyId }) => ({ userId, srcTinyId: tinyId, role: ROLE.anchor })) });
  }),

  update_network_time: handler(NothingSchema, (_session, _data, reply) => {
    const now = String(Date.now());
    reply({ serverRecvTime: now, serverSendTime: now });
  }),
};
