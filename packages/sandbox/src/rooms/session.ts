import type { Member, SignalSocket } from './member.ts';
import type { LiveRoom } from './room.ts';
import type { World } from './world.ts';

/** One signalling connection: the app and user it was opened for, and the member it speaks for once joined. */
export interface Session {
  readonly world: World;
  readonly socket: SignalSocket;
  readonly sdkAppId: number;
  readonly userId: string;
  readonly open: boolean;
  /** Where it is a member of what. */
  place: { readonly room: LiveRoom; readonly member: Member } | undefined;
}

export interface Reply {
  (body?: Record<string, unknown>): void;
  /** Refuses with a code other than 0. */
  refuse(code: number, message?: string): void;
}

/** The place a session has, if it (still) has one. */
export function placeOf(session: Session): { room: LiveRoom; member: Member } | undefined {
  const { place } = session;
  return place?.room.has(place.member) === true ? place : undefined;
}
