import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeClip } from '../src/clips/encode.ts';
import { readFrameCode, readFrameNumber } from '../src/clips/frame-code.ts';
import { picture } from '../src/clips/picture.ts';
import { run, tryRun } from '../src/clips/run.ts';
import { clipSpec, type ClipSpecInput } from '../src/clips/spec.ts';
import { startsKeyFrame } from '../src/rooms/codecs.ts';

/** Puts RTP payloads together again: the receiving side of RFC 6184 and RFC 7741. */
function frameOf(codec: 'h264' | 'vp8', payloads: readonly Buffer[]): Buffer {
  if (codec === 'vp8') return Buffer.concat(payloads.map((payload) => payload.subarray(1)));
  const startCode = Buffer.from([0, 0, 0, 1]);
  return Buffer.concat(
    payloads.flatMap((payload) => {
      const [indicator = 0, header = 0] = payload;
      if ((indicator & 0x1f) !== 28) return [startCode, payload];
      const start = (header & 0x80) !== 0;
      const nal = Buffer.from([(indicator & 0xe0) | (header & 0x1f)]);
      return start ? [startCode, nal, payload.subarray(2)] : [payload.subarray(2)];
    }),
  );
}

function ivf(frames: readonly Buffer[], { width, height }: { width: number; height: number }): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0);
  header.writeUInt16LE(32, 6);
  header.write('VP80', 8);
  header.writeUInt16LE(width, 12);
  header.writeUInt16LE(height, 14);
  header.writeUInt32LE(15, 16);
  header.writeUInt32LE(1, 20);
  const body = frames.flatMap((frame, index) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(frame.length, 0);
    head.writeUInt32LE(index, 4);
    return [head, frame];
  });
  return Buffer.concat([header, ...body]);
}

/** Decodes a clip's own packets to grey pictures of any size. */
async function grayPictures(input: ClipSpecInput, width: number, height: number): Promise<Uint8Array[]> {
  const { spec, frames } = await encodeClip(clipSpec(input));
  const whole = frames.map(({ payloads }) => frameOf(spec.codec, payloads));
  const stream = spec.codec === 'h264' ? Buffer.concat(whole) : ivf(whole, spec);
  const raw = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', spec.codec === 'h264' ? 'h264' : 'ivf', '-i', 'pipe:0', '-fps_mode', 'passthrough'],
      ...['-s', `${width}x${height}`, '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
    ],
    [stream],
  );
  const size = width * height;
  return Array.from({ length: raw.length / size }, (_, index) => raw.subarray(index * size, (index + 1) * size));
}

const brightness = (gray: Uint8Array) => gray.reduce((sum, value) => sum + value, 0) / gray.length;

describe('pictures', () => {
  test.each([
    ['H264 at 180p', { width: 320, height: 180, kbps: 150, codec: 'h264' }, 320, 180],
    ['VP8 at 180p', { width: 320, height: 180, kbps: 150, codec: 'vp8' }, 320, 180],
    ['H264 scaled down to 180p', { width: 1280, height: 720, kbps: 900, seconds: 2, codec: 'h264' }, 320, 180],
    ['H264 at 120p', { width: 160, height: 120, kbps: 60, codec: 'h264' }, 160, 120],
  ] as const)('%s: every frame tells its number and its sender, and flashes at whole seconds', async (...row) => {
    const [, spec, width, height] = row;
    const grays = await grayPictures({ ...spec, freq: 777 }, width, height);
    const { fps, seconds } = clipSpec(spec);
    expect(grays).toHaveLength(fps * seconds);
    expect(grays.map((gray) => readFrameCode(gray, width, height))).toEqual(
      grays.map((_, number) => ({ number, source: 777 })),
    );
    const flashing = grays.map((gray, number) => ({ number, bright: brightness(gray) > 170 }));
    for (const { number, bright } of flashing) expect({ number, bright }).toEqual({ number, bright: number % fps < 2 });
  });

  test('key frames lie where gop says, and their payloads say so', async () => {
    for (const codec of ['h264', 'vp8'] as const) {
      const { frames } = await encodeClip(clipSpec({ width: 160, height: 120, codec, gop: 1, seconds: 3 }));
      const keys = frames.flatMap(({ key }, index) => (key ? [index] : []));
      expect(keys).toEqual([0, 15, 30]);
      for (const { payloads, key } of frames) {
        expect(startsKeyFrame(codec, payloads[0]!)).toBe(key);
        for (const payload of payloads) expect(payload.length).toBeLessThanOrEqual(1150);
      }
    }
  });

  test('any number can be read from the raw picture', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xff_ffff }), fc.integer({ min: 50, max: 8000 }), (number, freq) => {
        const spec = clipSpec({ width: 160, height: 120, freq });
        const luma = picture(spec, number).subarray(0, 160 * 120);
        expect(readFrameCode(luma, 160, 120)).toEqual({ number, source: freq });
      }),
      { numRuns: 40 },
    );
  });

  test('no number is read where there is none, or where it is damaged', () => {
    expect(readFrameNumber(new Uint8Array(320 * 180).fill(90), 320, 180)).toBeUndefined();
    const spec = clipSpec({ width: 320, height: 180 });
    const luma = Buffer.from(picture(spec, 5).subarray(0, 320 * 180));
    for (let y = 20; y < 26; y += 1) luma.fill(235, y * 320 + 60, y * 320 + 74); // half a cell turned white
    for (let y = 15; y < 30; y += 1) luma.fill(235, y * 320 + 80, y * 320 + 94);
    expect(readFrameNumber(luma, 320, 180)).toBeUndefined();
  });
});

/** Decodes the Opus packets as a receiver does: one after the other, from an encoder's pre-skip of nothing. */
async function samplesOf(input: ClipSpecInput): Promise<{ samples: Int16Array; seconds: number }> {
  const { sounds, spec } = await encodeClip(clipSpec({ width: 64, height: 64, ...input }));
  const raw = await run(
    'ffmpeg',
    ['-v', 'error', '-f', 'ogg', '-i', 'pipe:0', '-ar', '48000', '-ac', '1', '-f', 's16le', 'pipe:1'],
    [ogg([...sounds, ...sounds].map(({ payload }) => payload))],
  );
  return {
    samples: new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)),
    seconds: spec.seconds,
  };
}

/** The smallest Ogg Opus file: one packet a page, pre-skip 0. */
function ogg(packets: readonly Buffer[]): Buffer {
  const head = Buffer.from('4f707573486561640101000080bb0000000000', 'hex');
  const tags = Buffer.concat([Buffer.from('OpusTags'), Buffer.alloc(8)]);
  return Buffer.concat(
    [head, tags, ...packets].map((packet, index, all) => page(packet, index, index < 2 ? 0 : (index - 1) * 960, all)),
  );
}

function page(packet: Buffer, index: number, granule: number, all: readonly Buffer[]): Buffer {
  const lacing = [...Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const header = Buffer.alloc(27 + lacing.length);
  header.write('OggS', 0);
  header.writeUInt8(index === 0 ? 2 : index === all.length - 1 ? 4 : 0, 5);
  header.writeBigUInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(index, 18);
  header.writeUInt8(lacing.length, 26);
  lacing.forEach((value, at) => header.writeUInt8(value, 27 + at));
  const bytes = Buffer.concat([header, packet]);
  bytes.writeUInt32LE(oggChecksum(bytes), 22);
  return bytes;
}

function oggChecksum(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ ((crc & 0x8000_0000) === 0 ? 0 : 0x04c1_1db7);
  }
  return crc >>> 0;
}

/** Where sound begins after at least half a second of quiet, in samples. */
function onsets(samples: Int16Array): number[] {
  const found: number[] = [];
  let quietSince = -48_000;
  samples.forEach((sample, index) => {
    if (Math.abs(sample) < 1500) return;
    if (index - quietSince > 24_000) found.push(index);
    quietSince = index;
  });
  return found;
}

describe('sounds', () => {
  test('a beep begins at every whole second, less the look-ahead of Opus, over the seam of the loop too', async () => {
    const { samples, seconds } = await samplesOf({ pattern: 'flash', freq: 1000 });
    const beeps = onsets(samples);
    expect(beeps).toHaveLength(seconds * 2);
    for (const [second, sample] of beeps.entries())
      expect(Math.abs((sample - 312) / 48 - second * 1000)).toBeLessThan(2);
  });

  test.each([440, 1200])('a tone of %d Hz', async (freq) => {
    const { samples } = await samplesOf({ pattern: 'tone', freq });
    const second = samples.subarray(48_000, 96_000);
    const rises = second.reduce((n, v, i) => (i > 0 && second[i - 1]! < 0 && v >= 0 ? n + 1 : n), 0);
    expect(Math.abs(rises - freq)).toBeLessThanOrEqual(2);
  });

  test('speech is neither silence nor a tone', async () => {
    const { samples } = await samplesOf({ pattern: 'speech', seconds: 4 });
    const loud = (from: number) => Math.max(...samples.subarray(from, from + 960).map(Math.abs));
    const levels = Array.from({ length: 200 }, (_, index) => loud(index * 960));
    expect(Math.max(...levels)).toBeGreaterThan(3000);
    expect(levels.filter((level) => level < 600).length).toBeGreaterThan(5); // pauses
  });

  test('packets of silence are known, so that DTX can leave them out', async () => {
    const { sounds } = await encodeClip(clipSpec({ width: 64, height: 64, pattern: 'flash', seconds: 2 }));
    const heard = sounds.flatMap(({ silent }, index) => (silent ? [] : [index % 50]));
    expect(new Set(heard)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });
});

describe('programs', () => {
  test('one that is not installed is named, or left out where it may be', async () => {
    await expect(run('no-such-ffmpeg', ['-i'])).rejects.toMatchObject({
      code: 'SandboxFailed',
      message: expect.stringContaining('no-such-ffmpeg could not be started'),
    });
    await expect(tryRun('no-such-espeak', [])).resolves.toBeUndefined();
  });

  test('one that fails says why', async () => {
    const input = [Buffer.alloc(1 << 20)];
    await expect(
      run('ffmpeg', ['-v', 'error', '-f', 'ivf', '-i', 'pipe:0', '-f', 'null', '-'], input),
    ).rejects.toMatchObject({
      code: 'SandboxFailed',
      message: expect.stringMatching(/ffmpeg ended with 1: .*Invalid data/s),
    });
    await expect(tryRun('ffmpeg', ['-bad-option'])).rejects.toMatchObject({ code: 'SandboxFailed' });
  });
});
