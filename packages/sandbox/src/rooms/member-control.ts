import type { z } from 'zod';
import type { Room as RoomName } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import {
  CutSchema,
  DropSchema,
  KeyFrameSchema,
  ParameterSetsSchema,
  PublishChangeSchema,
  type PublishChangeInput,
} from './control-schemas.ts';
import type { Delivery } from './deliveries.ts';
import { ImpairmentSchema } from './impairment.ts';
import type { Member } from './member.ts';
import type { Direction } from './network-path.ts';
import { LEAVE_REASON, ROLE, type RemovalReason } from './protocol.ts';
import type { LiveRoom } from './room.ts';
import type { Signalling } from './signalling.ts';
import type { SyntheticAnchors } from './synthetic-anchors.ts';
import type { World } from './world.ts';

export interface MemberView {
  readonly userId: string;
  readonly role: 'anchor' | 'audience';
  readonly synthetic: boolean;
  /** When a synthetic anchor's media time was 0, ms since the Unix epoch: its flashes come whole seconds later. */
  readonly mediaStartMs: number | undefined;
  /** Whether its signalling socket is there. */
  readonly signalling: boolean;
  readonly published: Record<string, unknown>;
  readonly media: Record<string, unknown> | undefined;
  readonly network: Record<string, unknown>;
  readonly subscriptions: Record<string, unknown>[];
}

export interface ControlParts {
  readonly world: World;
  readonly signalling: Signalling;
  readonly anchors: SyntheticAnchors;
}

/**
 * One user of one room. The network may be set before the user is there, and what was sent to it be read when it has
 * left; everything else needs it to be there.
 */
export class MemberControl {
  readonly #parts: ControlParts;
  readonly #sdkAppId: number;
  readonly #room: RoomName;
  readonly #userId: string;

  constructor(parts: ControlParts, sdkAppId: number, room: RoomName, userId: string) {
    this.#parts = parts;
    this.#sdkAppId = sdkAppId;
    this.#room = room;
    this.#userId = userId;
  }

  get #network() {
    return this.#parts.world.network(this.#sdkAppId, this.#room, this.#userId);
  }

  #there(): { room: LiveRoom; member: Member } {
    const room = this.#parts.world.rooms.find(this.#sdkAppId, this.#room);
    const member = room?.member(this.#userId);
    if (room !== undefined && member !== undefined) return { room, member };
    const place = `${this.#room.type} room ${JSON.stringify(this.#room.id)} of app ${this.#sdkAppId}`;
    throw new AppError('NotFound', `no user ${JSON.stringify(this.#userId)} in ${place}`);
  }

  /** A synthetic anchor has neither a media path nor a socket: what is done to them would have no effect. */
  #refuseSynthetic(what: string): void {
    const member = this.#parts.world.rooms.find(this.#sdkAppId, this.#room)?.member(this.#userId);
    if (member === undefined || this.#parts.anchors.of(member) === undefined) return;
    throw new AppError(
      'InvalidParameter.Field',
      `${what}: this member is a synthetic anchor without a network; use the recorder's way down, or an anchor in a browser`,
    );
  }

  view(): MemberView {
    const { member } = this.#there();
    return {
      userId: member.userId,
      role: member.role === ROLE.anchor ? 'anchor' : 'audience',
      synthetic: this.#parts.anchors.of(member) !== undefined,
      mediaStartMs: this.#parts.anchors.of(member)?.mediaStartMs,
      signalling: member.socket !== undefined,
      published: member.published.view(),
      media: member.peer?.view(),
      network: this.#network.view(),
      subscriptions: [...member.subscriptions.values()].map((subscription) => subscription.view()),
    };
  }

  /** What was sent to the user of every stream of every anchor, in order of the first packet. */
  deliveries(): Delivery[] {
    return this.#parts.world.deliveries(this.#sdkAppId, this.#room, this.#userId).view();
  }

  /** Changes what the member publishes. A real browser goes on sending: only the others are told otherwise. */
  async publish(input: PublishChangeInput): Promise<void> {
    const change = PublishChangeSchema.parse(input);
    const { room, member } = this.#there();
    await this.#parts.anchors.change(member, change);
    const { state, muted } = member.published;
    const { audio = state.audio, main = state.main, sub = state.sub } = change;
    member.published.state = { ...state, audio, main, sub };
    member.published.muted = {
      ...muted,
      audio: change.audioMuted ?? muted.audio,
      video: change.videoMuted ?? muted.video,
    };
    room.publishingChanged(member);
  }

  /** The member is gone, as if it had left (0), timed out (1) or been removed (2). */
  leave(reason: number = LEAVE_REASON.left): void {
    const { room, member } = this.#there();
    room.remove(member, reason);
  }

  /** The member is told that it was removed, and why. */
  remove(reason: RemovalReason = 'kick'): void {
    const { room, member } = this.#there();
    this.#parts.world.remove(room, member, reason);
  }

  /** Makes one direction of the member's network bad; `undefined` makes it good again. */
  impair(direction: Direction, rule: z.input<typeof ImpairmentSchema> | undefined): void {
    if (rule !== undefined) this.#refuseSynthetic('impairment');
    this.#network.impair(direction, rule && ImpairmentSchema.parse(rule));
  }

  /** Nothing passes on the media path until it is mended (`cut: false`), or for `forMs`. */
  cut(input: z.input<typeof CutSchema>): void {
    const { cut, forMs } = CutSchema.parse(input);
    if (cut) this.#refuseSynthetic('media-path');
    this.#network.cut(cut, forMs);
  }

  /** Breaks the signalling; new sockets of this user are refused for `refuseMs`. */
  dropSignalling(input: z.input<typeof DropSchema> = {}): void {
    const { refuseMs } = DropSchema.parse(input);
    this.#refuseSynthetic('signalling-drop');
    this.#parts.signalling.refuse(this.#sdkAppId, this.#userId, refuseMs);
    this.#there().member.socket?.terminate();
  }

  /** The parameter sets of the first key frame of each video that it subscribes to from now on come late, or never. */
  holdParameterSets(input: z.input<typeof ParameterSetsSchema> | undefined): void {
    this.#there().member.parameterSets = input && ParameterSetsSchema.parse(input);
  }

  /** Asks the publisher for a key frame. */
  requestKeyFrame(input: z.input<typeof KeyFrameSchema> = {}): void {
    const { stream } = KeyFrameSchema.parse(input);
    this.#there().member.published.streams[stream]?.requestKeyFrame();
  }
}
