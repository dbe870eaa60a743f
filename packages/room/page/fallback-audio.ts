import type { Encode } from './encode.ts';
import { readTrack } from './track-reader.ts';

const BITRATE = 64_000;

/** Opus of a played audio track. */
export const encodeAudio: Encode = async (track, { onInput, onEncoded, signal }) => {
  let failure: DOMException | undefined;
  const encoder = new AudioEncoder({
    error: (error) => (failure = error),
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      onEncoded({ codec: 'opus', key: true, mediaTime: chunk.timestamp, data });
    },
  });
  await readTrack(track, signal, (input) => {
    if (!(input instanceof AudioData)) return;
    if (failure) throw failure;
    const { sampleRate, numberOfChannels } = input;
    if (encoder.state === 'unconfigured')
      encoder.configure({ codec: 'opus', sampleRate, numberOfChannels, bitrate: BITRATE });
    onInput(input.timestamp);
    encoder.encode(input);
  });
  if (encoder.state === 'configured') await encoder.flush();
  encoder.close();
};
