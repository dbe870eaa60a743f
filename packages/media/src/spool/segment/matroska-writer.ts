import type { Codec } from '@trtc-recorder/contracts';
import { avcConfiguration } from '../frames/h264/avc-configuration.ts';
import { setsOfConfig, type H264Config } from '../frames/h264/parameter-sets.ts';
import { opusHead } from '../frames/opus.ts';
import { element, ID, idBytes, UNKNOWN_LENGTH } from './ebml.ts';

/** What a segment's header has to say about its one track. */
export interface MatroskaTrack {
  readonly codec: Codec;
  readonly config?: H264Config | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

const CODEC_ID: Readonly<Record<Codec, string>> = {
  opus: 'A_OPUS',
  h264: 'V_MPEG4/ISO/AVC',
  h265: 'V_MPEGH/ISO/HEVC',
  vp8: 'V_VP8',
  vp9: 'V_VP9',
  av1: 'V_AV1',
};

const APP = 'trtc-recorder';
/** Nanoseconds in a unit of time: blocks are placed to the millisecond. */
const TIMESTAMP_SCALE = 1_000_000;
/** A decoder for two plays one as well; what comes is known packet by packet. */
const CHANNELS = 2;
/** What an Opus decoder needs to settle after a jump, ns (RFC 9559, 5.1.4.1.26). */
const OPUS_SEEK_PRE_ROLL = 80_000_000;
/** A new cluster after this many ms: a block's time within it has 16 bits with sign. */
const CLUSTER_MS = 5_000;

const audioHeader = (): Uint8Array[] => {
  const rate = Buffer.alloc(4);
  rate.writeFloatBE(48_000);
  const audio = [element(ID.SamplingFrequency, rate), element(ID.Channels, CHANNELS)];
  return [
    element(ID.CodecPrivate, opusHead(CHANNELS)),
    element(ID.SeekPreRoll, OPUS_SEEK_PRE_ROLL),
    element(ID.Audio, audio),
  ];
};

const videoHeader = ({ config, width = 16, height = 16 }: MatroskaTrack): Uint8Array[] => {
  const video = element(ID.Video, [element(ID.PixelWidth, width), element(ID.PixelHeight, height)]);
  return config === undefined ? [video] : [element(ID.CodecPrivate, avcConfiguration(setsOfConfig(config))), video];
};

/** Everything before the first cluster. */
const fileHeader = (track: MatroskaTrack): Uint8Array => {
  const isAudio = track.codec === 'opus';
  const entry = [
    element(ID.TrackNumber, 1),
    element(ID.TrackUID, 1),
    element(ID.TrackType, isAudio ? 2 : 1),
    element(ID.FlagLacing, 0),
    element(ID.CodecID, CODEC_ID[track.codec]),
    ...(isAudio ? audioHeader() : videoHeader(track)),
  ];
  const ebml = [
    element(ID.EBMLVersion, 1),
    element(ID.EBMLReadVersion, 1),
    element(ID.EBMLMaxIDLength, 4),
    element(ID.EBMLMaxSizeLength, 8),
    element(ID.DocType, 'matroska'),
    element(ID.DocTypeVersion, 4),
    element(ID.DocTypeReadVersion, 2),
  ];
  const info = [element(ID.TimestampScale, TIMESTAMP_SCALE), element(ID.MuxingApp, APP), element(ID.WritingApp, APP)];
  return Buffer.concat([
    element(ID.EBML, ebml),
    idBytes(ID.Segment),
    UNKNOWN_LENGTH,
    element(ID.Info, info),
    element(ID.Tracks, [element(ID.TrackEntry, entry)]),
  ]);
};

const clusterHeader = (ms: number): Uint8Array =>
  Buffer.concat([idBytes(ID.Cluster), UNKNOWN_LENGTH, element(ID.Timestamp, ms)]);

/** Identifier, length in 4 bytes, track 1, time within the cluster, flags (RFC 9559, 10.2). */
const BLOCK_HEADER_BYTES = 9;
const KEY_FRAME = 0x80;

const blockHeader = (dataBytes: number, relativeMs: number, key: boolean): Uint8Array => {
  const header = Buffer.allocUnsafe(BLOCK_HEADER_BYTES);
  header[0] = ID.SimpleBlock;
  header.writeUInt32BE(0x1000_0000 + 4 + dataBytes, 1);
  header[5] = 0x81;
  header.writeInt16BE(relativeMs, 6);
  header[8] = key ? KEY_FRAME : 0;
  return header;
};

/**
 * One track as Matroska that only grows: the Segment and its clusters have no length, so each packet is a block that
 * can be handed on at once, and a file that breaks off anywhere is good up to its last whole block.
 */
export class MatroskaWriter {
  readonly #write: (bytes: Uint8Array) => void;
  #clusterMs: number | undefined;

  /** `write` gets the bytes to append; no element is ever cut by a failing write but the last. */
  constructor(track: MatroskaTrack, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    write(fileHeader(track));
  }

  /** `ms` since the segment's start; with B-frames it may fall, by less than a cluster's length. */
  add({ data, key, ms }: { readonly data: Uint8Array; readonly key: boolean; readonly ms: number }): void {
    if (this.#clusterMs === undefined || ms - this.#clusterMs >= CLUSTER_MS) {
      this.#clusterMs = ms;
      this.#write(clusterHeader(ms));
    }
    this.#write(blockHeader(data.length, ms - this.#clusterMs, key));
    this.#write(data);
  }
}
