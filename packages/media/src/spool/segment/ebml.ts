/** Matroska's element identifiers (RFC 9559) as far as a segment uses them. */
export const ID = {
  EBML: 0x1a45dfa3,
  EBMLVersion: 0x4286,
  EBMLReadVersion: 0x42f7,
  EBMLMaxIDLength: 0x42f2,
  EBMLMaxSizeLength: 0x42f3,
  DocType: 0x4282,
  DocTypeVersion: 0x4287,
  DocTypeReadVersion: 0x4285,
  Segment: 0x18538067,
  Info: 0x1549a966,
  TimestampScale: 0x2ad7b1,
  MuxingApp: 0x4d80,
  WritingApp: 0x5741,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackUID: 0x73c5,
  TrackType: 0x83,
  FlagLacing: 0x9c,
  CodecID: 0x86,
  CodecPrivate: 0x63a2,
  SeekPreRoll: 0x56bb,
  Video: 0xe0,
  PixelWidth: 0xb0,
  PixelHeight: 0xba,
  Audio: 0xe1,
  SamplingFrequency: 0xb5,
  Channels: 0x9f,
  Cluster: 0x1f43b675,
  Timestamp: 0xe7,
  SimpleBlock: 0xa3,
} as const;

/** A length not known yet: the element ends where one of its parent's level begins. */
export const UNKNOWN_LENGTH = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** The bytes of a number, most significant first, without leading zeros. */
const numberBytes = (value: number): number[] => {
  const bytes = [value % 256];
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
};

export const idBytes = (id: number): Uint8Array => Uint8Array.from(numberBytes(id));

/** A length as EBML writes it (RFC 8794, 4), here in 4 bytes up to 256 MiB, else in 8. */
export const lengthBytes = (length: number): Uint8Array => {
  const bytes = Buffer.alloc(length < 2 ** 28 - 1 ? 4 : 8);
  if (bytes.length === 4) bytes.writeUInt32BE(0x1000_0000 + length);
  else {
    bytes.writeUInt32BE(0x0100_0000 + Math.floor(length / 2 ** 32));
    bytes.writeUInt32BE(length % 2 ** 32, 4);
  }
  return bytes;
};

type Contents = number | string | Uint8Array | readonly Uint8Array[];

const contentBytes = (contents: Contents): Uint8Array => {
  if (typeof contents === 'number') return Uint8Array.from(numberBytes(contents));
  if (typeof contents === 'string') return Buffer.from(contents);
  return contents instanceof Uint8Array ? contents : Buffer.concat(contents);
};

/** An element: an unsigned number, a text, bytes, or other elements. */
export const element = (id: number, contents: Contents): Uint8Array => {
  const bytes = contentBytes(contents);
  return Buffer.concat([idBytes(id), lengthBytes(bytes.length), bytes]);
};
