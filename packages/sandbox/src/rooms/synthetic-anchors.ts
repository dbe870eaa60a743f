import type { z } from 'zod';
import type { Room as RoomName } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { ClipStore } from '../clips/clip-store.ts';
import type { Clip } from '../clips/encode.ts';
import type { ClipSpec } from '../clips/spec.ts';
import type { Anchors, PublishChangeSchema } from './control-schemas.ts';
import { Member } from './member.ts';
import { ROLE } from './protocol.ts';
import { SyntheticAnchor } from './synthetic-anchor.ts';
import { Ticker } from './ticker.ts';
import type { World } from './world.ts';

/** A screen: large and slow, telling of the same anchor. */
const screenOf = ({ freq, codec, gop, seconds, pattern }: ClipSpec) =>
  ({ width: 1280, height: 720, fps: 5, kbps: 400, freq, codec, gop, seconds, pattern }) as const;

/** Anchors start one after the other within the length of a video frame, so that they don't all send at once. */
const SPREAD_MS = 66;
const spreadMs = (index: number) => (index * 9) % SPREAD_MS;

/** All anchors without a browser. */
export class SyntheticAnchors {
  readonly #clips = new ClipStore();
  readonly #ticker = new Ticker();
  readonly #anchors = new WeakMap<Member, SyntheticAnchor>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  of(member: Member): SyntheticAnchor | undefined {
    return this.#anchors.get(member);
  }

  /** Puts anchors into a room; gives their user ids. Resolves when they are there. */
  async add(sdkAppId: number, roomName: RoomName, spec: Anchors): Promise<string[]> {
    const userIds: string[] = [];
    for (let index = 0; index < spec.count; index += 1) {
      const userId = spec.count === 1 ? spec.userId : `${spec.userId}${index + 1}`;
      const clipSpec = { ...spec.clip, freq: spec.clip.freq + index * spec.freqStep };
      const clip = await this.#clips.get(clipSpec);
      const subClip = spec.sub || spec.subClip ? await this.#clips.get(spec.subClip ?? screenOf(clipSpec)) : clip;
      this.#join(sdkAppId, roomName, userId, spec, { clip, subClip, lateMs: spreadMs(index) });
      userIds.push(userId);
    }
    return userIds;
  }

  #join(
    sdkAppId: number,
    roomName: RoomName,
    userId: string,
    { audio, main, sub, dtx, driftPpm, timestamps }: Anchors,
    media: { clip: Clip; subClip: Clip; lateMs: number },
  ): void {
    const room = this.#world.rooms.open(sdkAppId, roomName);
    const before = room.member(userId);
    if (before !== undefined) this.#world.remove(room, before, 'kick');
    const member = new Member({ userId, tinyId: this.#world.rooms.tinyId(sdkAppId, userId), role: ROLE.anchor });
    const anchor = new SyntheticAnchor({ ...media, dtx, driftPpm, timestamps }, member.published);
    member.published.state = { audio, main, small: false, sub };
    const network = this.#world.network(sdkAppId, roomName, userId);
    for (const source of Object.values(member.published.streams)) source.losesUplink = () => network.losesUplink();
    member.onGone = () => this.#ticker.delete(anchor);
    this.#anchors.set(member, anchor);
    this.#ticker.add(anchor);
    room.add(member);
    room.publishingChanged(member);
    this.#world.log.note('synthetic anchor', { user: userId, room: roomName, sdkAppId });
  }

  /** Another clip, or RTP times that begin anew, for an anchor of ours. */
  async change(member: Member, { clip, subClip, restart }: z.output<typeof PublishChangeSchema>): Promise<void> {
    if (clip === undefined && subClip === undefined && restart === undefined) return;
    const anchor = this.#anchors.get(member);
    if (anchor === undefined)
      throw new AppError(
        'InvalidParameter.Field',
        'clip, subClip and restart: this member is a browser; only synthetic anchors send clips',
      );
    if (restart === true) anchor.restart();
    anchor.use({
      clip: clip && (await this.#clips.get(clip)),
      subClip: subClip && (await this.#clips.get(subClip)),
    });
  }
}
