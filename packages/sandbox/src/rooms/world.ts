import { roomKey, type Room as RoomName } from '@trtc-recorder/contracts';
import type { Logger } from '@trtc-recorder/runtime';
import { Deliveries } from './deliveries.ts';
import { EventLog } from './event-log.ts';
import { MediaPeer } from './media-peer.ts';
import type { Member } from './member.ts';
import type { Ability } from './messages.ts';
import { NetworkConditions } from './network-conditions.ts';
import { LEAVE_REASON, PUSH, type RemovalReason } from './protocol.ts';
import { Refusals } from './refusals.ts';
import type { LiveRoom } from './room.ts';
import { Rooms } from './rooms.ts';
import { RoomSettingsSchema, type RoomSettings, type RoomSettingsInput } from './settings.ts';

const REPORT_EVERY_MS = 1000;
const TELL_EVERY_MS = 2000;

const placeKey = (sdkAppId: number, room: RoomName, userId: string) => `${sdkAppId}/${roomKey(room)}/${userId}`;

/** Everything there is: rooms, apps with their keys, networks, and how the server behaves. */
export class World {
  readonly rooms = new Rooms();
  readonly refusals = new Refusals();
  readonly log: EventLog;
  /** The key that signs the UserSigs of each app. */
  readonly secretKeys: ReadonlyMap<number, string>;
  settings: RoomSettings;
  readonly #networks = new Map<string, NetworkConditions>();
  readonly #deliveries = new Map<string, Deliveries>();
  readonly #timers: NodeJS.Timeout[];

  constructor(secretKeys: ReadonlyMap<number, string>, settings: RoomSettingsInput, logger: Logger) {
    this.secretKeys = secretKeys;
    this.settings = RoomSettingsSchema.parse(settings);
    this.log = new EventLog(logger);
    this.#timers = [setInterval(() => this.#report(), REPORT_EVERY_MS), setInterval(() => this.#tell(), TELL_EVERY_MS)];
  }

  get #members(): Member[] {
    return this.rooms.all.flatMap(({ members }) => members);
  }

  #report(): void {
    for (const member of this.#members) member.report(this.settings.uplinkBitrate);
  }

  /** The list of publishers is repeated: the SDK judges its own upload by it. */
  #tell(): void {
    this.rooms.forgetEmpty();
    for (const room of this.rooms.all) room.tellPublishers();
  }

  deliveries(sdkAppId: number, room: RoomName, userId: string): Deliveries {
    const key = placeKey(sdkAppId, room, userId);
    const deliveries = this.#deliveries.get(key) ?? new Deliveries();
    this.#deliveries.set(key, deliveries);
    return deliveries;
  }

  network(sdkAppId: number, room: RoomName, userId: string): NetworkConditions {
    const key = placeKey(sdkAppId, room, userId);
    let network = this.#networks.get(key);
    if (network === undefined) {
      const { up, down } = this.settings;
      network = new NetworkConditions({ ...(up && { up }), ...(down && { down }) });
      this.#networks.set(key, network);
    }
    return network;
  }

  /** Builds a member's media connection; gives the server's ability, or nothing when there is no codec in common. */
  async connect(
    member: Member,
    ability: Ability,
    network: NetworkConditions,
  ): Promise<Record<string, unknown> | undefined> {
    const answer = await MediaPeer.answer(ability, {
      rtx: this.settings.rtx,
      onRtp: (packet) => member.receiveRtp(packet),
      onRtcp: (bytes) => member.receiveRtcp(bytes),
      onState: (state) => this.log.note(`media ${state}`, { user: member.userId }),
    });
    if (answer === undefined) return undefined;
    answer.peer.path.onLost = (packet) => member.lost(packet);
    network.govern(answer.peer.path);
    member.connect(answer.peer);
    return answer.ability;
  }

  /**
   * Tells a member that it was removed, and removes it. On `user_time_out` it stays: the SDK joins again by itself and
   * takes its own place.
   */
  remove(room: LiveRoom, member: Member, reason: RemovalReason): void {
    this.log.note('removed', { user: member.userId, reason });
    member.push(PUSH.removed, { reason });
    if (reason === 'user_time_out') return;
    member.socket = undefined;
    room.remove(member, LEAVE_REASON.removed);
  }

  /** Removes everybody, and the room. Gives the number of members there were. */
  dismiss(room: LiveRoom): number {
    const { members } = room;
    for (const member of members) this.remove(room, member, 'room_disband');
    this.rooms.forget(room);
    return members.length;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const network of this.#networks.values()) network.close();
    for (const room of this.rooms.all) for (const member of room.members) room.remove(member, LEAVE_REASON.left);
  }
}
