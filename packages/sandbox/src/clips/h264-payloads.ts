/** H264 in RTP (RFC 6184): single NAL units, and fragments (FU-A) of those that are too long for a packet. */

const NAL = { slice: 1, keySlice: 5, supplement: 6, accessUnitDelimiter: 9, fragment: 28 };
const typeOf = (unit: Buffer) => unit.readUInt8(0) & 0x1f;

/** The NAL units of an Annex B stream, without start codes. */
export function* nalUnits(stream: Buffer): Generator<Buffer> {
  const startCode = Buffer.from([0, 0, 1]);
  let start = stream.indexOf(startCode);
  while (start >= 0) {
    const next = stream.indexOf(startCode, start + 3);
    let end = next < 0 ? stream.length : next;
    while (next >= 0 && end > start + 3 && stream[end - 1] === 0) end -= 1;
    if (end > start + 3) yield stream.subarray(start + 3, end);
    start = next;
  }
}

/** The coded pictures of an Annex B stream whose pictures are one slice each, without start codes. */
export const slices = (stream: Buffer): Buffer[] =>
  [...nalUnits(stream)].filter((unit) => [NAL.slice, NAL.keySlice].includes(typeOf(unit)));

/** The NAL units of each picture of a stream that has an access unit delimiter before every picture. */
export function accessUnits(stream: Buffer): Buffer[][] {
  const units: Buffer[][] = [];
  for (const unit of nalUnits(stream)) {
    if (typeOf(unit) === NAL.accessUnitDelimiter) units.push([]);
    else if (typeOf(unit) !== NAL.supplement) units.at(-1)?.push(unit);
  }
  return units.filter((unit) => unit.length > 0);
}

export const h264Payloads = (unit: readonly Buffer[], mtu: number): Buffer[] =>
  unit.flatMap((nal) => (nal.length <= mtu ? [nal] : fragments(nal, mtu)));

function fragments(nal: Buffer, mtu: number): Buffer[] {
  const payloads: Buffer[] = [];
  const header = nal.readUInt8(0);
  for (let at = 1; at < nal.length; at += mtu - 2) {
    const part = nal.subarray(at, at + mtu - 2);
    const starts = at === 1 ? 0x80 : 0;
    const ends = at + part.length >= nal.length ? 0x40 : 0;
    payloads.push(
      Buffer.concat([Buffer.from([(header & 0xe0) | NAL.fragment, (header & 0x1f) | starts | ends]), part]),
    );
  }
  return payloads;
}
