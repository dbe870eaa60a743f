import type { Room as RoomName } from '@trtc-recorder/contracts';
import { handler, type Handler } from './handler.ts';
import { Member } from './member.ts';
import { JoinSchema, NothingSchema, RebuildSchema, ReconnectSchema, type Join } from './messages.ts';
import { JOIN_CODE, LEAVE_REASON, PUSH, REFUSAL, ROLE } from './protocol.ts';
import type { LiveRoom } from './room.ts';
import { placeOf, type Reply, type Session } from './session.ts';
import { checkUserSig } from './usersig.ts';

const roomName = ({ roomId, useStringRoomId }: { roomId: string; useStringRoomId: boolean }): RoomName =>
  useStringRoomId ? { type: 'string', id: roomId } : { type: 'int', id: Number(roomId) };

/** The list of publishers follows the reply by this much, so that the SDK is ready for it. */
const FIRST_LIST_MS = 100;

/** 0, or the code with which a join is refused. */
function refusalOf({ world, sdkAppId, userId }: Session, { userSig }: Join): number {
  const ordered = world.refusals.take('join', { userId }).code;
  if (ordered !== 0) return ordered;
  const key = world.secretKeys.get(sdkAppId);
  return key === undefined ? JOIN_CODE.noSuchApp : checkUserSig(key, userSig, { sdkAppId, userId });
}

const REFUSAL_TEXT: Readonly<Record<number, string>> = {
  [JOIN_CODE.sigExpired]: 'UserSig expired',
  [JOIN_CODE.sigMalformed]: 'UserSig malformed',
  [JOIN_CODE.sigMismatch]: 'UserSig signed with another key',
  [JOIN_CODE.sigOtherUser]: 'UserSig of another user',
  [JOIN_CODE.sigOtherApp]: 'UserSig of another app',
  [JOIN_CODE.noSuchApp]: 'no such app in this sandbox',
};

async function join(session: Session, data: Join, reply: Reply): Promise<void> {
  const { world, sdkAppId, userId } = session;
  const code = refusalOf(session, data);
  if (code !== 0) {
    world.log.note('join refused', { user: userId, code });
    reply.refuse(code, REFUSAL_TEXT[code]);
    return;
  }
  const name = roomName(data);
  const role = data.trtcRole === ROLE.anchor ? ROLE.anchor : ROLE.audience;
  const tinyId = world.rooms.tinyId(sdkAppId, userId);
  const member = new Member({ userId, tinyId, role, deliveries: world.deliveries(sdkAppId, name, userId) });
  member.socket = session.socket;
  const network = world.network(sdkAppId, name, userId);
  const ability = data.ability && (await world.connect(member, data.ability, network));
  if (!session.open) {
    member.gone();
    return;
  }
  // The room is looked up after the wait: an empty one may have been forgotten meanwhile.
  const room = world.rooms.open(sdkAppId, name);
  makeWay(session, room);
  room.add(member);
  session.place = { room, member };
  world.log.note('joined', { user: userId, room: name, sdkAppId, role });
  reply({ ability: ability ?? {}, publishers: room.publishers(), ...RELAY });
  setTimeout(() => {
    if (room.has(member)) member.push(PUSH.publishers, { userList: room.publishers() });
  }, FIRST_LIST_MS);
}

/** Fields of the reply that only show up in the SDK's reports. */
const RELAY = {
  relayOuterIp: '127.0.0.1',
  relayInnerIp: '127.0.0.1',
  relayPort: 9000,
  bakRelayIps: [],
  endReportExtend: '',
  reportToken: '',
};

/** The same user in the same room has to go: kicked when it lives elsewhere, silently when it is this one's own past. */
function makeWay({ world, socket, userId }: Session, room: LiveRoom): void {
  const before = room.member(userId);
  if (before === undefined) return;
  if (before.socket !== undefined && before.socket !== socket) world.remove(room, before, 'kick');
  else room.remove(before, LEAVE_REASON.left);
}

export const joinHandlers: Readonly<Record<string, Handler>> = {
  'join/v2': handler(JoinSchema, join),

  join: (_session, _data, reply) => reply.refuse(REFUSAL.general, 'only the single-connection mode is spoken here'),

  /** About 16 s after the media path died; publish/v2 and subscribe/v3 follow, with new SSRCs. */
  rebuild_pc: handler(RebuildSchema, async (session, data, reply) => {
    const { world, userId, sdkAppId } = session;
    const place = placeOf(session);
    const code = place === undefined ? REFUSAL.general : world.refusals.take('rebuild', { userId }).code;
    if (place === undefined || code !== 0) {
      reply.refuse(code);
      return;
    }
    const network = world.network(sdkAppId, place.room.name, userId);
    const ability = await world.connect(place.member, data.ability, network);
    if (placeOf(session) === undefined) {
      place.member.gone();
      return;
    }
    if (ability === undefined) {
      reply.refuse(REFUSAL.general, 'no codec in common');
      return;
    }
    reply({ ability });
  }),

  /** A new socket after a drop. Refused: the SDK then joins anew by itself. */
  reconnect: handler(ReconnectSchema, (session, data, reply) => {
    const { world, sdkAppId, userId, socket } = session;
    const room = world.rooms.find(sdkAppId, roomName(data));
    const member = room?.member(userId);
    const code = world.refusals.take('reconnect', { userId }).code;
    if (room === undefined || member === undefined || code !== 0) {
      reply.refuse(code === 0 ? REFUSAL.general : code, 'not in the room any more');
      return;
    }
    clearTimeout(member.graceTimer);
    member.socket = socket;
    session.place = { room, member };
    reply();
    member.push(PUSH.publishers, { userList: room.publishers() });
  }),

  leave: handler(NothingSchema, (session) => {
    const place = placeOf(session);
    session.place = undefined;
    if (place === undefined) return;
    session.world.log.note('left', { user: session.userId });
    place.room.remove(place.member, LEAVE_REASON.left);
  }),
};
