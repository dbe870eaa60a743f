import { roomKey, type Room as RoomName } from '@trtc-recorder/contracts';
import { LiveRoom } from './room.ts';

const key = (sdkAppId: number, name: RoomName) => `${sdkAppId}/${roomKey(name)}`;
const FIRST_TINY_ID = 144_115_200_000_000_000n;

/** All rooms, known by app, kind and id: integer room 7 and string room "7", or room 7 of two apps, are different. */
export class Rooms {
  readonly #rooms = new Map<string, LiveRoom>();
  readonly #tinyIds = new Map<string, string>();
  #nextTinyId = FIRST_TINY_ID;

  get all(): LiveRoom[] {
    return [...this.#rooms.values()];
  }

  find(sdkAppId: number, name: RoomName): LiveRoom | undefined {
    return this.#rooms.get(key(sdkAppId, name));
  }

  /** The room, made when it isn't there: the first to join makes it. */
  open(sdkAppId: number, name: RoomName): LiveRoom {
    const known = this.find(sdkAppId, name);
    if (known !== undefined) return known;
    const room = new LiveRoom(sdkAppId, name);
    this.#rooms.set(key(sdkAppId, name), room);
    return room;
  }

  forget(room: LiveRoom): void {
    if (this.find(room.sdkAppId, room.name) === room) this.#rooms.delete(key(room.sdkAppId, room.name));
  }

  forgetEmpty(): void {
    for (const room of this.all) if (room.empty) this.forget(room);
  }

  /** The number by which the SDK knows a user; it stays the same for as long as the server lives. */
  tinyId(sdkAppId: number, userId: string): string {
    const user = `${sdkAppId}/${userId}`;
    let tinyId = this.#tinyIds.get(user);
    if (tinyId === undefined) {
      this.#nextTinyId += 1n;
      tinyId = String(this.#nextTinyId);
      this.#tinyIds.set(user, tinyId);
    }
    return tinyId;
  }
}
