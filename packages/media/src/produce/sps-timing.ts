import { BitReader } from '../spool/frames/h264/bits.ts';
import { readSps } from '../spool/frames/h264/sps.ts';
import { readSignal } from '../spool/frames/h264/vui.ts';
import { nalType, NAL } from './nal-units.ts';

class CountingReader extends BitReader {
  read = 0;

  override bit(): number {
    this.read += 1;
    return super.bit();
  }
}

/** num_units_in_tick, time_scale, fixed_frame_rate_flag. */
const TIMING_BITS = 32 + 32 + 1;

/** Where timing_info_present_flag is, in bits after the NAL unit's header; nothing when there is none or it is not set. */
const findTiming = (nal: Uint8Array): number | undefined => {
  const bits = new CountingReader(nal, 1);
  readSps(bits);
  if (!bits.flag()) return undefined;
  readSignal(bits);
  const at = bits.read;
  return bits.flag() ? at : undefined;
};

/** Takes out emulation prevention bytes (H264, 7.4.1). */
const unescape = (nal: Uint8Array): number[] =>
  [...nal].filter((byte, index) => byte !== 3 || nal[index - 1] !== 0 || nal[index - 2] !== 0 || index < 2);

const escape = (bytes: readonly number[]): Uint8Array => {
  const escaped: number[] = [];
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push(3);
      zeros = 0;
    }
    escaped.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(escaped);
};

const toBytes = (bits: string): number[] =>
  (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));

/**
 * A sequence parameter set without its frame rate. Some encoders write one; ffmpeg's programs take it for the truth and
 * find two pictures on one place of its grid. The container has the times. Everything else stays as it is, and so does
 * a set that can't be read.
 */
export const withoutTiming = (nal: Uint8Array): Uint8Array => {
  if (nalType(nal) !== NAL.sps) return nal;
  try {
    const at = findTiming(nal);
    if (at === undefined) return nal;
    const [header = 0, ...payload] = unescape(nal);
    const bits = payload.map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const left = `${bits.slice(0, at)}0${bits.slice(at + 1 + TIMING_BITS)}`;
    // The last 1 ends the set; zeros fill its last byte.
    return escape([header, ...toBytes(left.slice(0, left.lastIndexOf('1') + 1))]);
  } catch {
    return nal;
  }
};
