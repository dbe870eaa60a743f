import { handler, type Handler } from './handler.ts';
import type { Member } from './member.ts';
import { NothingSchema, SubscribeChangeSchema, SubscribeSchema, UnsubscribeSchema, type Wanted } from './messages.ts';
import { REFUSAL, ROLE } from './protocol.ts';
import type { Subscribable } from './refusals.ts';
import { placeOf, type Reply, type Session } from './session.ts';

const NOTHING: Wanted = { audio: false, bigVideo: false, smallVideo: false, auxVideo: false };

/** What is wanted now and wasn't before. */
function added(wanted: Wanted, before: Wanted): Subscribable[] {
  const video = ({ bigVideo, smallVideo }: Wanted) => bigVideo || smallVideo;
  const kinds: [Subscribable, boolean][] = [
    ['audio', wanted.audio && !before.audio],
    ['main', video(wanted) && !video(before)],
    ['sub', wanted.auxVideo && !before.auxVideo],
  ];
  return kinds.flatMap(([kind, isAdded]) => (isAdded ? [kind] : []));
}

/** What the rules say of a subscription, and the reply: a late one, if they say so. */
function judge(session: Session, publisher: Member | undefined, kinds: readonly Subscribable[], reply: Reply) {
  const asked = { userId: session.userId, publisherId: publisher?.userId, kinds };
  const { code, delayMs } = session.world.refusals.take('subscribe', asked);
  return { code, reply: delayMs > 0 ? late(reply, delayMs) : reply };
}

function late(reply: Reply, ms: number): Reply {
  const after = (answer: () => void) => void setTimeout(answer, ms).unref();
  return Object.assign((body?: Record<string, unknown>) => after(() => reply(body)), {
    refuse: (code: number, message?: string) => after(() => reply.refuse(code, message)),
  });
}

export const subscribeHandlers: Readonly<Record<string, Handler>> = {
  'subscribe/v3': handler(SubscribeSchema, (session, request, reply) => {
    const place = placeOf(session);
    const publisher = place?.room.publisherOf(request);
    const verdict = judge(session, publisher, added(request, NOTHING), reply);
    if (verdict.code !== 0) verdict.reply.refuse(verdict.code);
    else if (publisher !== undefined && place?.member.subscribe(publisher, request) === true) verdict.reply();
    else verdict.reply.refuse(REFUSAL.noSuchPublisher);
  }),

  /** Often directly after subscribe/v3: video first, audio added. One that adds nothing is never refused. */
  subscribe_change: handler(SubscribeChangeSchema, (session, wanted, reply) => {
    const place = placeOf(session);
    const subscription = place?.member.subscriptions.get(wanted.srcTinyId);
    const kinds = added(wanted, subscription?.wanted ?? NOTHING);
    const publisher = place?.room.publisherOf({ srcTinyId: wanted.srcTinyId, srcUserId: '' });
    const verdict = kinds.length === 0 ? { code: 0, reply } : judge(session, publisher, kinds, reply);
    if (verdict.code !== 0) {
      verdict.reply.refuse(verdict.code);
      return;
    }
    subscription?.want(wanted);
    verdict.reply();
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
