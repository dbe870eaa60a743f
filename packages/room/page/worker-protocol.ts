import type { Decode, PageCommand, PageMessage } from '../src/page-protocol.ts';
import type { WireFrame } from '../src/wire.ts';

/** Options of a transform: which receiver it taps, and what its decoder gets. */
export interface TapOptions {
  readonly tap: number;
  readonly kind: 'audio' | 'video';
  readonly decode: Decode;
}

/** What the worker has counted on one receiver. */
export interface TapCount {
  readonly tap: number;
  /** The latest sender. */
  readonly ssrc: number;
  /** Frames over all senders. */
  readonly frames: number;
  /** Frames of each of the latest senders. */
  readonly senders: readonly { readonly ssrc: number; readonly frames: number }[];
}

export type ToWorker =
  /** For Node, after everything sent and tapped before. */
  | { readonly send: PageMessage }
  /** A frame that was not tapped but encoded anew. */
  | { readonly frame: WireFrame }
  /** What has been counted? */
  | { readonly count: number }
  /** The sender on this receiver is to be asked for a key frame. */
  | { readonly requestKeyFrame: number }
  /** The main thread lives. */
  | { readonly alive: true }
  /** The page is to be given up, and why. */
  | { readonly giveUp: string };

export type FromWorker =
  /** A command from Node. */
  | { readonly command: PageCommand }
  /** The first frame of a sender on a receiver: whose is it? */
  | { readonly run: { readonly tap: number; readonly ssrc: number } }
  /** Answer to `count`, under the same number. */
  | { readonly counted: number; readonly taps: readonly TapCount[]; readonly droppedFrames: number }
  /** The socket to Node is closed for good. */
  | { readonly socketLost: true };
