import { EncodedPacketSink, FilePathSource, Input, MATROSKA } from 'mediabunny';
import path from 'node:path';
import { wallMs } from '../clock/rtp-clock.ts';
import type { Piece } from '../plan/file-plan.ts';

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

const toRtp = (piece: Piece, seconds: number): number => {
  const grid = piece.codec === 'opus' ? RTP_GRID.audio : RTP_GRID.video;
  return piece.firstRtp + Math.round((seconds * piece.clock.clockRate) / grid) * grid;
};

const open = (piece: Piece, spoolDir: string): Input =>
  new Input({ source: new FilePathSource(path.join(spoolDir, piece.file)), formats: [MATROSKA] });

const bytes = (source: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);

/** The frames of a piece, in order, up to where the next piece takes over. One packet is in memory at a time. */
export async function* readFrames(piece: Piece, spoolDir: string): AsyncGenerator<SegmentFrame> {
  const input = open(piece, spoolDir);
  try {
    const [track] = await input.getTracks();
    if (track === undefined) return;
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const rtp = toRtp(piece, packet.timestamp);
      const at = wallMs(piece.clock, rtp);
      if (at >= piece.untilMs) return;
      yield { data: packet.data, key: packet.type === 'key', rtp, wallMs: at };
    }
  } finally {
    input.dispose();
  }
}

export async function readHeader(piece: Piece, spoolDir: string): Promise<SegmentHeader> {
  const input = open(piece, spoolDir);
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
