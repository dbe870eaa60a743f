import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BitReader } from '../../src/spool/frames/h264/bits.ts';
import { joinWithLengths, NAL, nalType, splitAnnexB } from '../../src/spool/frames/h264/nal.ts';
import { avcCodecString, avcConfiguration } from '../../src/spool/frames/h264/avc-configuration.ts';
import { ParameterSets, setsOfConfig } from '../../src/spool/frames/h264/parameter-sets.ts';
import { parseSliceHeader } from '../../src/spool/frames/h264/slice-header.ts';
import { parseSps } from '../../src/spool/frames/h264/sps.ts';
import { run } from '../helpers/run.ts';

const unit = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

test.each([
  [
    'start codes of 3 and 4 bytes',
    [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2],
    [
      [0x67, 1],
      [0x68, 2],
    ],
  ],
  [
    'zeros behind a NAL unit',
    [0, 0, 1, 0x65, 9, 0, 0, 0, 0, 1, 0x41, 8, 0, 0],
    [
      [0x65, 9],
      [0x41, 8],
    ],
  ],
  ['no start code', [1, 2, 3], []],
  ['nothing', [], []],
])('Annex B: %s', (_, bytes, nals) => {
  expect(splitAnnexB(unit(...bytes)).map((nal) => Array.from(nal))).toEqual(nals);
});

test('lengths go in front of the NAL units', () => {
  expect(Array.from(joinWithLengths([unit(1, 2, 3), unit(4)]))).toEqual([0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 1, 4]);
});

describe('bits', () => {
  test('emulation prevention bytes are stepped over', () => {
    const bits = new BitReader(unit(0, 0, 3, 1, 0, 0, 3, 0));
    expect([bits.bits(8), bits.bits(8), bits.bits(8), bits.bits(16), bits.bits(8)]).toEqual([0, 0, 1, 0, 0]);
    expect(() => bits.bit()).toThrow(RangeError);
  });

  test('Exp-Golomb codes of the standard, table 9-2', () => {
    // 1 | 010 | 011 | 00100 | 00101 | 00110, filled up with ones
    const bits = new BitReader(unit(0b1010_0110, 0b0100_0010, 0b1001_10_11));
    expect([bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.ue()]).toEqual([0, 1, 2, 3, 4, 5]);
    const signed = new BitReader(unit(0b1010_0110, 0b0100_0010, 0b1001_10_11));
    expect([signed.se(), signed.se(), signed.se(), signed.se(), signed.se(), signed.se()]).toEqual([
      -0, 1, -1, 2, -2, 3,
    ]);
  });
});

test('whatever bytes come, a parser answers or says RangeError', () => {
  const sets = new ParameterSets();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      sets.update([Uint8Array.of(0x67, ...bytes), Uint8Array.of(0x68, ...bytes)]);
      try {
        parseSps(Uint8Array.of(0x67, ...bytes));
        parseSliceHeader(Uint8Array.of(0x41, ...bytes), sets.lookup);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});

/** Encoders' settings that change what parameter sets and slice headers look like. */
const streams = {
  'baseline 320x180': ['-profile:v', 'baseline', '-s', '320x180'],
  'main with CABAC and weighted prediction': ['-profile:v', 'main', '-bf', '0', '-x264-params', 'weightp=2:scenecut=0'],
  'high with several references and slices': [
    '-profile:v',
    'high',
    '-bf',
    '0',
    '-refs',
    '4',
    '-x264-params',
    'slices=3',
  ],
  'high 4:4:4, cropped to odd sizes': ['-pix_fmt', 'yuv444p', '-s', '322x182', '-bf', '0'],
  interlaced: ['-flags', '+ildct+ilme', '-bf', '0', '-s', '320x192'],
  'B pictures nobody refers to': ['-bf', '2', '-x264-params', 'b-pyramid=none'],
} as const;

describe.each(Object.entries(streams))('x264, %s', (_, options) => {
  let dir: string;
  let file: string;
  let nals: Uint8Array[];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'h264-'));
    file = join(dir, 'stream.h264');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=15:duration=3'];
    const coder = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '20', '-keyint_min', '20'];
    await run('ffmpeg', [
      '-v',
      'error',
      ...source,
      ...coder,
      ...options,
      '-bsf:v',
      'h264_mp4toannexb',
      '-f',
      'h264',
      file,
    ]);
    nals = splitAnnexB(await readFile(file));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('the SPS says what ffprobe says', async () => {
    const sps = parseSps(nals.find((nal) => nalType(nal) === NAL.sps)!);
    const entries = 'stream=width,height,level';
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', file]);
    expect(stdout.toString().trim()).toBe(`${sps.width},${sps.height},${sps.level}`);
  });

  test('frame_num counts the pictures others refer to, from key frame to key frame', () => {
    const sets = new ParameterSets();
    sets.update(nals);
    let last = 0;
    let pictures = 0;
    for (const nal of nals.filter((one) => nalType(one) === NAL.slice || nalType(one) === NAL.idr)) {
      const header = parseSliceHeader(nal, sets.lookup)!;
      const modulus = 2 ** sets.lookup(header.ppsId)!.sps.frameNumBits;
      if (header.idr) expect([header.frameNum, header.intra]).toEqual([0, true]);
      else expect([0, 1]).toContain((header.frameNum - last + modulus) % modulus);
      if (header.reference) last = header.resetsFrameNum ? 0 : header.frameNum;
      pictures += header.idr ? 1 : 0;
    }
    expect(pictures).toBeGreaterThanOrEqual(3);
  });

  test('its configuration record is what ffmpeg writes into an MP4', async () => {
    const sets = new ParameterSets();
    sets.update(nals);
    const units = setsOfConfig(sets.config(0)!);
    const mp4 = join(dir, 'stream.mp4');
    await run('ffmpeg', ['-v', 'error', '-i', file, '-c', 'copy', mp4]);
    const bytes = await readFile(mp4);
    const box = bytes.indexOf('avcC');
    const record = bytes.subarray(box + 4, box - 4 + bytes.readUInt32BE(box - 4));
    expect(Buffer.from(avcConfiguration(units)).toString('hex')).toBe(record.toString('hex'));
    expect(avcCodecString(units)).toMatch(/^avc1\.[0-9a-f]{6}$/);
  });
});
