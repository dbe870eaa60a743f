import type { Codec } from '@trtc-recorder/contracts';

/**
 * The batches in which a capture page hands its frames and messages to Node: one binary WebSocket message each, in the
 * order in which things happened. Big endian.
 *
 * ```
 * batch   = version:u8 sentAt:f64 entry*
 * entry   = 0:u8 length:u32 json            (a message, UTF-8)
 *         | 1:u8 flags:u8 codec:u8 tap:u16 ssrc:u32 rtpTimestamp:u32 receivedAt:f64
 *           [sequenceNumber:u16] [width:u16 height:u16] length:u32 data
 * flags   = 1 key | 2 has sequenceNumber | 4 has a size
 * ```
 *
 * Both ends come from one build; the version guards against a stale bundle.
 */
export const WIRE_VERSION = 1;

/** Index = the number on the wire. `unknown` keeps a frame countable whose codec this product has no name for. */
const CODECS = ['unknown', 'opus', 'h264', 'vp8', 'h265', 'vp9', 'av1'] as const satisfies readonly (
  Codec | 'unknown'
)[];
export type WireCodec = (typeof CODECS)[number];

/** A frame before its owner is known. Times are ms since the Unix epoch, RTP time is in ticks of the codec's clock. */
export interface WireFrame {
  readonly tap: number;
  readonly ssrc: number;
  readonly codec: WireCodec;
  readonly key: boolean;
  readonly rtpTimestamp: number;
  readonly receivedAt: number;
  readonly sequenceNumber?: number | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly data: Uint8Array;
}

export type WireEntry = { readonly frame: WireFrame } | { readonly message: string };

const MESSAGE = 0;
const FRAME = 1;
const HEADER_BYTES = 9;
/** The longest head of an entry: everything but the data or the text. */
const ENTRY_HEAD_BYTES = 32;
const KEY = 1;
const SEQUENCE = 2;
const SIZE = 4;

/** A codec by the mime type that RTP capabilities and frame metadata give, such as `video/H264`. */
export const codecOf = (mimeType: string | undefined): WireCodec => {
  const name = mimeType?.split('/')[1]?.toLowerCase();
  return CODECS.find((codec) => codec === name) ?? 'unknown';
};

/** Collects entries and gives them out as one batch. Its buffer grows to the largest batch and is then reused. */
export class BatchWriter {
  readonly #initialBytes: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = HEADER_BYTES;
  #entries = 0;

  constructor(initialBytes = 128 * 1024) {
    this.#initialBytes = initialBytes;
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes collected so far, header included. */
  get length(): number {
    return this.#length;
  }

  get entries(): number {
    return this.#entries;
  }

  message(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#reserve(bytes.length);
    this.#u8(MESSAGE);
    this.#u32(bytes.length);
    this.#append(bytes);
  }

  frame(frame: WireFrame): void {
    this.#reserve(frame.data.length);
    const hasSequence = frame.sequenceNumber !== undefined;
    const hasSize = frame.width !== undefined && frame.height !== undefined;
    this.#u8(FRAME);
    this.#u8((frame.key ? KEY : 0) | (hasSequence ? SEQUENCE : 0) | (hasSize ? SIZE : 0));
    this.#u8(CODECS.indexOf(frame.codec));
    this.#u16(frame.tap);
    this.#u32(frame.ssrc);
    this.#u32(frame.rtpTimestamp);
    this.#f64(frame.receivedAt);
    if (frame.sequenceNumber !== undefined) this.#u16(frame.sequenceNumber);
    if (frame.width !== undefined && frame.height !== undefined) {
      this.#u16(frame.width);
      this.#u16(frame.height);
    }
    this.#u32(frame.data.length);
    this.#append(frame.data);
  }

  /** The batch as its own copy; the writer is empty again. `sentAt` is ms since the Unix epoch. */
  take(sentAt: number): Uint8Array<ArrayBuffer> {
    this.#view.setUint8(0, WIRE_VERSION);
    this.#view.setFloat64(1, sentAt);
    const batch = this.#bytes.slice(0, this.#length);
    this.#length = HEADER_BYTES;
    this.#entries = 0;
    return batch;
  }

  #reserve(payload: number): void {
    const needed = this.#length + ENTRY_HEAD_BYTES + payload;
    if (needed <= this.#bytes.length) return;
    let size = Math.max(this.#bytes.length, this.#initialBytes);
    while (size < needed) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  #append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#entries += 1;
  }

  #u8(value: number): void {
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
  }

  #u16(value: number): void {
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  #u32(value: number): void {
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  #f64(value: number): void {
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }
}

export interface Batch {
  /** When the page sent it: ms since the Unix epoch. */
  readonly sentAt: number;
  /** Decoded one after the other; frame data are views into the batch, not copies. */
  readonly entries: Iterable<WireEntry>;
}

/** Reads a batch. Throws `RangeError` (also while iterating) when it is not one of this version or is cut short. */
export function readBatch(bytes: Uint8Array): Batch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== WIRE_VERSION) throw new RangeError(`batch version ${version}, expected ${WIRE_VERSION}`);
  return { sentAt: view.getFloat64(1), entries: readEntries(bytes, view) };
}

function* readEntries(bytes: Uint8Array, view: DataView): Generator<WireEntry> {
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const tag = view.getUint8(at);
    if (tag === MESSAGE) {
      const end = endOf(bytes, at + 5, view.getUint32(at + 1));
      yield { message: new TextDecoder().decode(bytes.subarray(at + 5, end)) };
      at = end;
    } else if (tag === FRAME) {
      const { frame, end } = readFrame(bytes, view, at);
      yield { frame };
      at = end;
    } else throw new RangeError(`unknown entry ${tag} in a batch`);
  }
}

function readFrame(bytes: Uint8Array, view: DataView, start: number): { frame: WireFrame; end: number } {
  const flags = view.getUint8(start + 1);
  let at = start + 21;
  const next16 = (present: boolean): number | undefined => {
    if (!present) return undefined;
    at += 2;
    return view.getUint16(at - 2);
  };
  const sequenceNumber = next16((flags & SEQUENCE) !== 0);
  const width = next16((flags & SIZE) !== 0);
  const height = next16((flags & SIZE) !== 0);
  const end = endOf(bytes, at + 4, view.getUint32(at));
  const frame = {
    tap: view.getUint16(start + 3),
    ssrc: view.getUint32(start + 5),
    codec: CODECS[view.getUint8(start + 2)] ?? ('unknown' as const),
    key: (flags & KEY) !== 0,
    rtpTimestamp: view.getUint32(start + 9),
    receivedAt: view.getFloat64(start + 13),
    sequenceNumber,
    width,
    height,
    data: bytes.subarray(at + 4, end),
  };
  return { frame, end };
}

function endOf(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length;
  if (end > bytes.length) throw new RangeError('a batch is cut short');
  return end;
}
