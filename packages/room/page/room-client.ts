import type { RoomEvent } from '@trtc-recorder/contracts';
import type { TRTC } from 'trtc-sdk-v5';
import type { PageJoin } from '../src/page-protocol.ts';
import { now } from './clock.ts';
import type { Track } from './roster.ts';
import { listen, wants } from './sdk-events.ts';
import { Subscriptions } from './subscriptions.ts';

/** Leaving is not waited for without a limit. */
const EXIT_MS = 2000;
/** TRTC log level: errors only, and nothing is uploaded. */
const LOG_ERRORS = 4;

const within = (ms: number, work: Promise<unknown>): Promise<void> =>
  Promise.race([
    work.then(
      () => undefined,
      () => undefined,
    ),
    new Promise<void>((resolve) => setTimeout(resolve, ms)),
  ]);

/** The recorder in its room, through the SDK's public API only. */
export class RoomClient {
  readonly #sdk: typeof TRTC;
  readonly #emit: (event: RoomEvent) => void;
  #trtc: TRTC | undefined;
  #subscriptions: Subscriptions | undefined;
  /** Once kicked or failed the SDK has left by itself; exitRoom must not be called then. */
  #gone = false;

  constructor(sdk: typeof TRTC, emit: (event: RoomEvent) => void) {
    this.#sdk = sdk;
    this.#emit = emit;
  }

  async join({ sdkAppId, room, userId, userSig, mode }: PageJoin): Promise<void> {
    // Its type is a const enum, whose values cannot be used across modules.
    const sdk: { setLogLevel(level: number, upload: boolean): void } = this.#sdk;
    sdk.setLogLevel(LOG_ERRORS, false);
    const trtc = this.#sdk.create({ enableAutoPlayDialog: false });
    this.#trtc = trtc;
    this.#subscriptions = new Subscriptions(trtc);
    listen(trtc, mode, (event) => this.#onEvent(event));
    await trtc.enterRoom({
      sdkAppId,
      userId,
      userSig,
      ...(room.type === 'int' ? { roomId: room.id } : { strRoomId: room.id }),
      scene: this.#sdk.TYPE.SCENE_LIVE,
      role: this.#sdk.TYPE.ROLE_AUDIENCE,
      autoReceiveAudio: wants(mode, 'audio'),
      autoReceiveVideo: wants(mode, 'video'),
      enableAutoPlayDialog: false,
    });
    this.#emit({ type: 'entered', at: now() });
  }

  /** The track object the SDK holds for this user's track, if any. */
  trackOf({ userId, stream, kind }: Track): MediaStreamTrack | null {
    if (this.#trtc === undefined) return null;
    return kind === 'audio'
      ? this.#trtc.getAudioTrack({ userId })
      : this.#trtc.getVideoTrack({ userId, streamType: stream as never });
  }

  /** What can be done about subscriptions, while in the room. */
  get subscriptions(): Subscriptions | undefined {
    return this.#gone ? undefined : this.#subscriptions;
  }

  async leave(): Promise<void> {
    const trtc = this.#trtc;
    this.#trtc = undefined;
    this.#subscriptions = undefined;
    if (trtc !== undefined && !this.#gone) await within(EXIT_MS, trtc.exitRoom());
  }

  #onEvent(event: RoomEvent): void {
    if (event.type === 'kicked' || event.type === 'error') this.#gone = true;
    this.#emit(event);
  }
}
