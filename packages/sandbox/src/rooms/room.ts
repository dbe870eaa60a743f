import type { Room as RoomName } from '@trtc-recorder/contracts';
import type { Member } from './member.ts';
import type { Subscribe } from './messages.ts';
import { LEAVE_REASON, PUSH, ROLE } from './protocol.ts';

/** One room of one app: who is there, and what everybody is told about the others. */
export class LiveRoom {
  readonly sdkAppId: number;
  readonly name: RoomName;
  readonly #members = new Map<string, Member>();

  constructor(sdkAppId: number, name: RoomName) {
    this.sdkAppId = sdkAppId;
    this.name = name;
  }

  get members(): Member[] {
    return [...this.#members.values()];
  }

  get anchors(): Member[] {
    return this.members.filter(({ isAnchor }) => isAnchor);
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  member(userId: string): Member | undefined {
    return this.#members.get(userId);
  }

  has(member: Member): boolean {
    return this.#members.get(member.userId) === member;
  }

  publishers(): Record<string, unknown>[] {
    return this.anchors.flatMap(({ userId, tinyId, published: { flag } }) =>
      flag === 0 ? [] : [{ userId, srcTinyId: tinyId, flag }],
    );
  }

  add(member: Member): void {
    this.#members.set(member.userId, member);
    if (member.isAnchor) this.announce(member);
  }

  /** Audience hears of anchors only; anchors hear of no audience either. */
  announce(member: Member): void {
    for (const other of this.members)
      if (other !== member)
        other.push(PUSH.peerJoin, { srcTinyId: member.tinyId, userId: member.userId, role: ROLE.anchor });
  }

  /** `reason` as in LEAVE_REASON. */
  remove(member: Member, reason: number): void {
    if (!this.has(member)) return;
    this.#members.delete(member.userId);
    member.gone();
    if (member.isAnchor) this.#retire(member, reason);
  }

  /** An anchor becomes audience: it stops being visible. */
  demote(member: Member): void {
    member.published.nothing();
    this.#retire(member, LEAVE_REASON.left);
    member.role = ROLE.audience;
    this.tellPublishers();
  }

  #retire(anchor: Member, reason: number): void {
    for (const other of this.members) {
      other.unsubscribe(anchor.tinyId);
      if (other !== anchor) other.push(PUSH.peerLeave, { userId: anchor.userId, srcTinyId: anchor.tinyId, reason });
    }
    this.tellPublishers();
  }

  /** A member publishes something else: forwarding follows, and everybody is told. */
  publishingChanged(member: Member): void {
    for (const other of this.members) other.subscriptions.get(member.tinyId)?.update();
    this.tellPublishers();
  }

  tellPublishers(): void {
    const userList = this.publishers();
    for (const member of this.members) member.push(PUSH.publishers, { userList });
  }

  /** The member that a subscription asks for. */
  publisherOf({ srcTinyId, srcUserId }: Pick<Subscribe, 'srcTinyId' | 'srcUserId'>): Member | undefined {
    return this.members.find(
      ({ tinyId, userId }) => tinyId === srcTinyId || (srcTinyId === '' && userId === srcUserId),
    );
  }
}
