/** Chromium's way to the raw media of a track; not in lib.dom. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<AudioData | VideoFrame>;
}

/** Hands each raw frame of a track to `use`, in order, and closes it after; until the signal or the track's end. */
export async function readTrack(
  track: MediaStreamTrack,
  signal: AbortSignal,
  use: (frame: AudioData | VideoFrame) => Promise<void> | void,
): Promise<void> {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  signal.addEventListener('abort', () => void reader.cancel(), { once: true });
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) return;
    try {
      await use(frame);
    } finally {
      frame.close();
    }
  }
}
