import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pictures } from './picture.ts';
import { SAMPLE_RATE, sound } from './sound.ts';
import { clipSpec, type ClipSpecInput } from './spec.ts';

/** Files that Chromium plays as camera and microphone, in a loop. */
export interface DeviceFiles {
  /** YUV4MPEG2, for `--use-file-for-fake-video-capture`. */
  readonly video: string;
  /** WAV, for `--use-file-for-fake-audio-capture`. */
  readonly audio: string;
}

/** Writes a clip as the files of a camera and a microphone into `dir`. Without espeak-ng, speech is a melody. */
export async function writeDeviceFiles(dir: string, input: ClipSpecInput): Promise<DeviceFiles> {
  const spec = clipSpec(input);
  await mkdir(dir, { recursive: true });
  const files = { video: path.join(dir, 'camera.y4m'), audio: path.join(dir, 'microphone.wav') };
  const { width, height, fps } = spec;
  function* y4m(): Generator<Buffer> {
    yield Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
    for (const picture of pictures(spec)) {
      yield Buffer.from('FRAME\n');
      yield picture;
    }
  }
  await pipeline(Readable.from(y4m()), createWriteStream(files.video));
  await writeFile(files.audio, wave(await sound(spec)));
  return files;
}

/** RIFF header for mono PCM of 16 bits, then the samples. */
function wave(samples: Int16Array): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
