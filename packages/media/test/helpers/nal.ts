import { BitReader } from '../../src/spool/frames/h264/bits.ts';
import { parseSps } from '../../src/spool/frames/h264/sps.ts';
import { nalType, splitAnnexB } from '../../src/spool/frames/h264/nal.ts';
import type { ClipFrame } from './clips.ts';

const START = Buffer.from([0, 0, 0, 1]);

export const annexB = (units: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(units.flatMap((unit) => [START, unit]));

/** A clip with the NAL units of every frame changed. */
export const changeUnits = (
  frames: readonly ClipFrame[],
  change: (units: Uint8Array[], index: number) => Uint8Array[],
): ClipFrame[] => frames.map((frame, index) => ({ ...frame, data: annexB(change(splitAnnexB(frame.data), index)) }));

/** A clip whose parameter sets come with its first frame only. */
export const setsOnce = (frames: readonly ClipFrame[]): ClipFrame[] =>
  changeUnits(frames, (units, index) =>
    index === 0 ? units : units.filter((unit) => ![7, 8].includes(nalType(unit))),
  );

const unescape = (nal: Uint8Array): number[] =>
  [...nal].filter((byte, index) => byte !== 3 || nal[index - 1] !== 0 || nal[index - 2] !== 0 || index < 2);

const escape = (bytes: readonly number[]): Uint8Array => {
  const escaped: number[] = [];
  for (const byte of bytes) {
    const zeros = escaped.at(-1) === 0 && escaped.at(-2) === 0;
    if (zeros && byte <= 3) escaped.push(3);
    escaped.push(byte);
  }
  return Uint8Array.from(escaped);
};

class CountingReader extends BitReader {
  read = 0;

  override bit(): number {
    this.read += 1;
    return super.bit();
  }
}

/** A slice with another frame_num (H264, 7.3.3); all else stays. */
const withFrameNum = (slice: Uint8Array, frameNum: number, bitCount: number): Uint8Array => {
  const bytes = unescape(slice);
  const bits = new CountingReader(Uint8Array.from(bytes), 1);
  for (let field = 0; field < 3; field += 1) bits.ue();
  for (let bit = 0; bit < bitCount; bit += 1) {
    const at = 8 + bits.read + bit;
    const mask = 0x80 >> (at & 7);
    const isSet = ((frameNum >> (bitCount - 1 - bit)) & 1) === 1;
    bytes[at >> 3] = isSet ? (bytes[at >> 3] ?? 0) | mask : (bytes[at >> 3] ?? 0) & ~mask;
  }
  return escape(bytes);
};

/** A clip whose encoder counts otherwise: `count` gets how many frames came since the key frame. Key frames are 0. */
export const recount = (frames: readonly ClipFrame[], count: (sinceKey: number) => number): ClipFrame[] => {
  let sinceKey = 0;
  let bitCount = 4;
  return changeUnits(frames, (units, index) => {
    sinceKey = frames[index]?.key === true ? 0 : sinceKey + 1;
    return units.map((unit) => {
      if (nalType(unit) === 7) bitCount = parseSps(unit).frameNumBits;
      return nalType(unit) === 1 ? withFrameNum(unit, count(sinceKey) % 2 ** bitCount, bitCount) : unit;
    });
  });
};
