import type { Mode, Room, RoomEvent } from '@trtc-recorder/contracts';

/** What Node and its capture page say to each other besides frames. Commands are JSON text; answers travel in batches. */

/** Which video frames the decoder in the page gets; every frame is recorded either way. */
export type Decode = 'all' | 'key-frames';

export interface PageJoin {
  readonly sdkAppId: number;
  readonly room: Room;
  readonly userId: string;
  readonly userSig: string;
  readonly mode: Mode;
  readonly decode: Decode;
}

export type PageRequest =
  | { readonly name: 'join'; readonly join: PageJoin }
  | { readonly name: 'leave' }
  | { readonly name: 'flush' }
  | { readonly name: 'stats' };

/** What is not answered. */
export type PageOrder =
  /** The sender on this receiver is to be asked for a key frame. */
  { readonly name: 'key-frame'; readonly tap: number };

export type PageCommand = PageRequest & { readonly id: number };

/** What went wrong in the SDK, in its own numbers (trtc-sdk-v5 `RtcError`). */
export interface SdkFailure {
  readonly code?: number | undefined;
  readonly extraCode?: number | undefined;
  readonly message: string;
}

/** State of one tapped receiver. */
export interface TapStats {
  readonly tap: number;
  readonly kind: 'audio' | 'video';
  /** The latest sender on this receiver; a receiver is reused. Absent until a first frame came. */
  readonly ssrc?: number | undefined;
  readonly owner?: { readonly userId: string; readonly stream: 'main' | 'sub' } | undefined;
  /** RTP packets that arrived, and packets known to be lost, over all senders of this receiver. */
  readonly packets: number;
  readonly lost: number;
  /** Encoded frames tapped, over all senders. */
  readonly frames: number;
}

export interface SessionStats {
  readonly taps: readonly TapStats[];
  /** Frames thrown away in the page because Node did not take them in time. */
  readonly droppedFrames: number;
}

export type PageMessage =
  | { readonly type: 'event'; readonly event: RoomEvent }
  | { readonly type: 'reply'; readonly id: number; readonly value?: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly failure: SdkFailure };
