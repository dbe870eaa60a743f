/** What an encoder gives: one encoded frame with the media time (µs) of its input. */
export interface Encoded {
  readonly codec: 'opus' | 'h264';
  readonly key: boolean;
  readonly mediaTime: number;
  readonly width?: number;
  readonly height?: number;
  readonly data: Uint8Array;
}

/** Reads a track until the signal is aborted; `onInput` tells each input's media time (µs) when it is read. */
export type Encode = (
  track: MediaStreamTrack,
  ports: {
    readonly onInput: (mediaTime: number) => void;
    readonly onEncoded: (encoded: Encoded) => void;
    readonly signal: AbortSignal;
  },
) => Promise<void>;
