import { CustomSource, EncodedPacketSink, Input, MATROSKA } from 'mediabunny';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { wallMs } from '../clock/rtp-clock.ts';
import type { Piece } from '../plan/file-plan.ts';
import { walkMatroska } from '../spool/segment/matroska-walk.ts';

/** A frame of a segment on the wall clock. */
export interface SegmentFrame {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly rtp: number;
  readonly wallMs: number;
}

/** What a segment's header says. */
export interface SegmentHeader {
  /** Codec-specific configuration (avcC for H264); missing when parameter sets are in the frames (Annex B). */
  readonly description?: Uint8Array;
  readonly width?: number;
  readonly height?: number;
}

/** WebCodecs' VideoDecoderConfig as far as it is used here; Node's types don't have it. */
interface DecoderConfig {
  readonly description?: ArrayBuffer | ArrayBufferView;
  readonly codedWidth?: number;
  readonly codedHeight?: number;
}

/** Opus RTP timestamps are multiples of 2.5 ms apart: snapping to them undoes the container's rounding to ms. */
const RTP_GRID = { audio: 120, video: 1 };

/** The last frame is not rounded past its segment's end, where the next one may begin within the same ms. */
const toRtp = (piece: Piece, seconds: number): number => {
  const grid = piece.codec === 'opus' ? RTP_GRID.audio : RTP_GRID.video;
  const rtp = piece.firstRtp + Math.round((seconds * piece.clock.clockRate) / grid) * grid;
  return Math.min(rtp, piece.lastRtp);
};

/**
 * Where to stop reading: after the last whole element. mediabunny 1.61 never returns from looking for one in junk, such
 * as the zeros a power cut leaves, so a file that isn't as long as it was when it was closed is looked through first.
 */
const readableBytes = async (handle: FileHandle, piece: Piece): Promise<number> => {
  const { size } = await handle.stat();
  if (size === piece.bytes) return size;
  const contents = await walkMatroska(handle);
  if (contents === undefined || contents.frames === 0) throw new Error('it holds no media');
  return contents.end;
};

const openSegment = async (piece: Piece, spoolDir: string): Promise<Input> => {
  const handle = await open(path.join(spoolDir, piece.file));
  try {
    const end = await readableBytes(handle, piece);
    const read = async (start: number, stop: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(stop - start), 0, stop - start, start);
      return buffer.subarray(0, bytesRead);
    };
    const dispose = () => void handle.close();
    const source = new CustomSource({ getSize: () => end, read, dispose, prefetchProfile: 'fileSystem' });
    return new Input({ source, formats: [MATROSKA] });
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const bytes = (source: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);

/** Whether a piece can begin with a frame: a resumed one begins within its segment. */
const beginsWith = ({ resumed = false, startMs }: Piece, { key, wallMs: at }: SegmentFrame): boolean =>
  !resumed || (key && at >= startMs);

/** The frames of a piece, in order, up to where the next piece takes over. One packet is in memory at a time. */
export async function* readFrames(piece: Piece, spoolDir: string): AsyncGenerator<SegmentFrame> {
  const input = await openSegment(piece, spoolDir);
  try {
    const [track] = await input.getTracks();
    if (track === undefined) return;
    let begun = false;
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const rtp = toRtp(piece, packet.timestamp);
      const at = wallMs(piece.clock, rtp);
      if (at >= piece.untilMs) return;
      const frame = { data: packet.data, key: packet.type === 'key', rtp, wallMs: at };
      begun ||= beginsWith(piece, frame);
      if (begun) yield frame;
    }
  } finally {
    input.dispose();
  }
}

export async function readHeader(piece: Piece, spoolDir: string): Promise<SegmentHeader> {
  const input = await openSegment(piece, spoolDir);
  try {
    const track = await input.getPrimaryVideoTrack();
    const config = (await track?.getDecoderConfig()) as DecoderConfig | null | undefined;
    const { description, codedWidth, codedHeight } = config ?? {};
    return {
      ...(description === undefined ? {} : { description: bytes(description) }),
      ...(codedWidth === undefined || codedHeight === undefined ? {} : { width: codedWidth, height: codedHeight }),
    };
  } finally {
    input.dispose();
  }
}
