import { readFrameCode, type FrameCode } from '../src/clips/frame-code.ts';
import type { KeptFrame } from './tap-messages.ts';

/** What was read out of the encoded frames of clips of truth. */
export interface Truth {
  /** Every decoded picture: when it was sampled (RTP time) and what it says; nothing when it could not be read. */
  readonly pictures: { readonly ssrc: number; readonly rtpTime: number; readonly code: FrameCode | undefined }[];
  /** Where each beep begins (RTP time). */
  readonly beeps: { readonly ssrc: number; readonly rtpTime: number }[];
}

/** Decodes frames and reads them. Video of each stream has to begin with a key frame; what is before it is left out. */
export async function readTruth(frames: readonly KeptFrame[]): Promise<Truth> {
  const truth: Truth = { pictures: [], beeps: [] };
  for (const each of new Set(frames.map(({ ssrc }) => ssrc))) {
    const stream = frames.filter(({ ssrc }) => ssrc === each);
    if (stream[0]?.mimeType.startsWith('audio') === true) truth.beeps.push(...(await readBeeps(stream)));
    else truth.pictures.push(...(await readPictures(stream)));
  }
  return truth;
}

const fail = (error: DOMException) => {
  throw error;
};

async function readPictures(stream: readonly KeptFrame[]): Promise<Truth['pictures']> {
  const first = stream.findIndex(({ key }) => key);
  const usable = first < 0 ? [] : stream.slice(first);
  const pictures: Promise<Truth['pictures'][number]>[] = [];
  const decoder = new VideoDecoder({
    output: (picture) => {
      const sent = usable[picture.timestamp];
      pictures.push(codeOf(picture).then((code) => ({ ssrc: sent?.ssrc ?? 0, rtpTime: sent?.rtpTime ?? 0, code })));
    },
    error: fail,
  });
  decoder.configure({ codec: usable[0]?.mimeType === 'video/VP8' ? 'vp8' : 'avc1.42e01f', optimizeForLatency: true });
  // the timestamp that a picture carries through the decoder is the place of its frame
  usable.forEach(({ key, data }, timestamp) =>
    decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp, data })),
  );
  await decoder.flush();
  decoder.close();
  return Promise.all(pictures);
}

/** Reads a picture's luma plane. */
async function codeOf(picture: VideoFrame): Promise<FrameCode | undefined> {
  const { width, height } = picture.visibleRect ?? new DOMRect();
  const bytes = new Uint8Array(picture.allocationSize());
  const [luma] = await picture.copyTo(bytes);
  picture.close();
  if (luma === undefined) return undefined;
  const gray = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = luma.offset + y * luma.stride;
    gray.set(bytes.subarray(row, row + width), y * width);
  }
  return readFrameCode(gray, width, height);
}

const RATE = 48_000;
const HEARD = 0.05;
const QUIET_SAMPLES = RATE / 2;

async function readBeeps(stream: readonly KeptFrame[]): Promise<Truth['beeps']> {
  const [first] = stream;
  if (first === undefined) return [];
  const beeps: Truth['beeps'] = [];
  let heardAt = QUIET_SAMPLES * -1;
  const decoder = new AudioDecoder({
    output: (sound) => {
      const samples = new Float32Array(sound.numberOfFrames);
      sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      const start = Math.round((sound.timestamp * RATE) / 1_000_000);
      sound.close();
      samples.forEach((sample, index) => {
        if (Math.abs(sample) < HEARD) return;
        const at = start + index;
        if (at - heardAt > QUIET_SAMPLES) beeps.push({ ssrc: first.ssrc, rtpTime: (first.rtpTime + at) >>> 0 });
        heardAt = at;
      });
    },
    error: fail,
  });
  decoder.configure({ codec: 'opus', sampleRate: RATE, numberOfChannels: 1 });
  for (const { rtpTime, data } of stream) {
    const timestamp = (((rtpTime - first.rtpTime) | 0) * 1_000_000) / RATE;
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data }));
  }
  await decoder.flush();
  decoder.close();
  return beeps;
}
