import type { Encode } from './encode.ts';
import { readTrack } from './track-reader.ts';

/** Constrained baseline, level 3.1 up to 720p and 4.0 above. */
const codecFor = (width: number, height: number): string => (width * height > 921_600 ? 'avc1.42E028' : 'avc1.42E01F');
/** Bits per second for a picture of that size: about 1.8 Mbit/s for 720p, as senders use. */
const bitrateFor = (width: number, height: number): number => Math.max(300_000, width * height * 2);
const KEY_EVERY_US = 2_000_000;
/** Inputs that may wait in the encoder; what comes beyond is left out, as a sender under load would do. */
const QUEUE = 10;

/** H264 (Annex B) of a played video track. */
export const encodeVideo: Encode = async (track, { onInput, onEncoded, signal }) => {
  let failure: DOMException | undefined;
  let size = { width: 0, height: 0 };
  let keyAt = Number.NEGATIVE_INFINITY;
  const encoder = new VideoEncoder({
    error: (error) => (failure = error),
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      const key = chunk.type === 'key';
      onEncoded({ codec: 'h264', key, mediaTime: chunk.timestamp, data, ...(key ? size : {}) });
    },
  });
  const configure = async (width: number, height: number): Promise<void> => {
    if (encoder.state === 'configured') await encoder.flush();
    size = { width, height };
    const avc = { format: 'annexb' } as const;
    encoder.configure({ codec: codecFor(width, height), width, height, bitrate: bitrateFor(width, height), avc });
    keyAt = Number.NEGATIVE_INFINITY;
  };
  await readTrack(track, signal, async (input) => {
    if (!(input instanceof VideoFrame)) return;
    if (failure) throw failure;
    const { codedWidth: width, codedHeight: height, timestamp } = input;
    if (width !== size.width || height !== size.height) await configure(width, height);
    if (encoder.encodeQueueSize > QUEUE) return;
    const keyFrame = timestamp - keyAt >= KEY_EVERY_US;
    if (keyFrame) keyAt = timestamp;
    onInput(timestamp);
    encoder.encode(input, { keyFrame });
  });
  if (encoder.state === 'configured') await encoder.flush();
  encoder.close();
};
