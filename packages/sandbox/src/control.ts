import type { Room as RoomName } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { AnchorsSchema, UserSigSchema, type AnchorsInput, type UserSigInput } from './rooms/control-schemas.ts';
import type { LogEntry } from './rooms/event-log.ts';
import { MemberControl, type ControlParts, type MemberView } from './rooms/member-control.ts';
import type { Refusable, RefusalRule } from './rooms/refusals.ts';
import { RoomSettingsSchema, type RoomSettings, type RoomSettingsInput } from './rooms/settings.ts';
import { makeUserSig } from './rooms/usersig.ts';

export interface RoomView {
  readonly sdkAppId: number;
  readonly room: RoomName;
  readonly members: readonly MemberView[];
}

/** One room of one app. */
export class RoomControl {
  readonly #parts: ControlParts;
  readonly #sdkAppId: number;
  readonly #name: RoomName;

  constructor(parts: ControlParts, sdkAppId: number, name: RoomName) {
    this.#parts = parts;
    this.#sdkAppId = sdkAppId;
    this.#name = name;
  }

  /** Who is there and what flows; an empty list when nobody is. */
  view(): RoomView {
    const members = this.#parts.world.rooms.find(this.#sdkAppId, this.#name)?.members ?? [];
    const views = members.map(({ userId }) => this.member(userId).view());
    return { sdkAppId: this.#sdkAppId, room: this.#name, members: views };
  }

  /** Adds anchors without a browser; gives their user ids. The first of a kind takes the time of its encoding. */
  addAnchors(input: AnchorsInput): Promise<string[]> {
    return this.#parts.anchors.add(this.#sdkAppId, this.#name, AnchorsSchema.parse(input));
  }

  member(userId: string): MemberControl {
    return new MemberControl(this.#parts, this.#sdkAppId, this.#name, userId);
  }

  /** Everybody gets `room_disband`. Gives the number of members there were; 0 when there is no such room. */
  dismiss(): number {
    const room = this.#parts.world.rooms.find(this.#sdkAppId, this.#name);
    return room === undefined ? 0 : this.#parts.world.dismiss(room);
  }
}

/** Everything a test or an operator can do to the rooms: the same verbs in process and over REST. */
export class RoomsControl {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The app that is meant when none is named: the first one configured. */
  get defaultSdkAppId(): number {
    const [first] = this.#parts.world.secretKeys.keys();
    return first ?? 0;
  }

  list(): RoomView[] {
    return this.#parts.world.rooms.all
      .filter(({ empty }) => !empty)
      .map(({ sdkAppId, name }) => this.room(name, sdkAppId).view());
  }

  room(name: RoomName, sdkAppId: number = this.defaultSdkAppId): RoomControl {
    return new RoomControl(this.#parts, sdkAppId, name);
  }

  /** A UserSig, as the app's own server would sign it. */
  userSig(input: UserSigInput): string {
    const { userId, sdkAppId = this.defaultSdkAppId, expireSeconds, time, key } = UserSigSchema.parse(input);
    const signingKey = key ?? this.#parts.world.secretKeys.get(sdkAppId);
    if (signingKey === undefined) throw new AppError('NotFound', `sdkAppId: no app ${sdkAppId} in this sandbox`);
    return makeUserSig(signingKey, { sdkAppId, userId, expireSeconds, time });
  }

  /** Refuses requests of one kind from now on, or answers them late; `undefined` lets them pass again. */
  refuse(request: Refusable, rule: RefusalRule | undefined): void {
    if (rule !== undefined) assertApplies(request, rule);
    this.#parts.world.refusals.set(request, rule);
  }

  /** One more rule, beside those that there are. */
  addRefusal(request: Refusable, rule: RefusalRule): void {
    assertApplies(request, rule);
    this.#parts.world.refusals.add(request, rule);
  }

  refusals(): Record<string, RefusalRule[]> {
    return this.#parts.world.refusals.view();
  }

  /** The settings, after the change. */
  settings(change: RoomSettingsInput = {}): RoomSettings {
    const { world } = this.#parts;
    world.settings = RoomSettingsSchema.parse({ ...world.settings, ...change });
    return world.settings;
  }

  /** The last entries of the signalling's log, oldest first. */
  log(count = 100): LogEntry[] {
    return this.#parts.world.log.last(count);
  }
}

/** The two calls of TRTC's server API; false when there is nobody to remove. */
export const roomsOfServerApi = (control: RoomsControl) => ({
  removeUser(sdkAppId: number, name: RoomName, userId: string): boolean {
    const room = control.room(name, sdkAppId);
    if (!room.view().members.some((member) => member.userId === userId)) return false;
    room.member(userId).remove('banned');
    return true;
  },
  dismissRoom: (sdkAppId: number, name: RoomName): boolean => control.room(name, sdkAppId).dismiss() > 0,
});

/** Only subscriptions have a publisher and kinds, and can be answered late. */
function assertApplies(request: Refusable, { delayMs, publisherId, kinds }: RefusalRule): void {
  const [field] = Object.entries({ delayMs, publisherId, kinds }).find(([, value]) => value !== undefined) ?? [];
  if (request === 'subscribe' || field === undefined) return;
  throw new AppError('InvalidParameter.Field', `${field}: for subscriptions only`);
}
