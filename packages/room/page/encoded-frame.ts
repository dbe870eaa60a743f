import { codecOf, type WireFrame } from '../src/wire.ts';

/** Encoded frames as Chromium gives them to a transform; lib.dom of this TypeScript has only part of it. */
export interface EncodedFrame {
  readonly data: ArrayBuffer;
  /** Video only: `key`, `delta` or `empty`. */
  readonly type?: string;
  /** Older form of `getMetadata().rtpTimestamp`. */
  readonly timestamp: number;
  getMetadata(): EncodedFrameMetadata;
}

export interface EncodedFrameMetadata {
  readonly synchronizationSource: number;
  readonly mimeType?: string;
  readonly rtpTimestamp?: number;
  /** Audio only: 16 bits. */
  readonly sequenceNumber?: number;
  /** Arrival of the last packet: ms since the time origin of the worker (measured in Chromium 156; not the page's). */
  readonly receiveTime?: number;
  /** Video key frames only. */
  readonly width?: number;
  readonly height?: number;
}

/** A receive time further back than this, or in the future, was not measured on this worker's clock: ms. */
const PLAUSIBLE_MS = 10_000;

/**
 * When a frame's last packet arrived, in ms since the Unix epoch. Without a receive time, or with one that cannot be
 * (should Chromium change its time origin), it is the time of the tap.
 */
export function receivedAt(
  receiveTime: number | undefined,
  clock: { readonly timeOrigin: number; now(): number },
): number {
  const tapped = clock.now();
  const age = receiveTime === undefined ? Number.NaN : tapped - receiveTime;
  return clock.timeOrigin + tapped - (age >= -1 && age <= PLAUSIBLE_MS ? age : 0);
}

/** The frame as it goes over the wire. */
export function toWireFrame(tap: number, frame: EncodedFrame): WireFrame {
  const metadata = frame.getMetadata();
  return {
    tap,
    ssrc: metadata.synchronizationSource,
    codec: codecOf(metadata.mimeType),
    key: frame.type === undefined || frame.type === 'key',
    rtpTimestamp: (metadata.rtpTimestamp ?? frame.timestamp) >>> 0,
    receivedAt: receivedAt(metadata.receiveTime, performance),
    sequenceNumber: metadata.sequenceNumber,
    ...(frame.type === 'key' ? { width: metadata.width, height: metadata.height } : {}),
    data: new Uint8Array(frame.data),
  };
}
