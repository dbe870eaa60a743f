import { OPUS_PRESKIP, type AudioRate } from '../plan/ffmpeg-arguments.ts';
import { audioRate } from '../plan/audio-rate.ts';
import type { FilePlan, Piece } from '../plan/file-plan.ts';
import { Cadence, type PlacedPacket } from './cadence.ts';
import { createOpusFile, type MatroskaFile } from './matroska-file.ts';
import { isStereo, OPUS_RATE } from './opus-packet.ts';
import { readOpusFrames } from './opus-reader.ts';
import type { Workshop } from './workshop.ts';

export interface AudioTrack extends AudioRate {
  readonly path: string;
  /** Packets that came from the sender. */
  readonly packets: number;
  /** Time filled with silence, comfort noise or concealment. */
  readonly silenceMs: number;
}

const PRESKIP_MS = (OPUS_PRESKIP * 1000) / OPUS_RATE;

/** Stereo if any packet is, first or last: a mono decoder would mix it down. */
const countChannels = async (pieces: readonly Piece[], workshop: Workshop): Promise<number> => {
  for (const piece of pieces) {
    workshop.signal?.throwIfAborted();
    for await (const frame of workshop.tolerate(piece, readOpusFrames(piece, workshop)))
      if (isStereo(frame.data)) return 2;
  }
  return 1;
};

const writeAll = async (file: MatroskaFile, packets: Iterable<PlacedPacket>): Promise<void> => {
  for (const packet of packets) await file.write({ ...packet, key: true });
};

/**
 * Writes the audio of a file as one Opus stream without gaps, silence included, from its start to its end. Its
 * timestamps are on the sender's clock: a file plays `48,000 / playedAtHz` times as long.
 */
export async function writeAudioTrack(plan: FilePlan, path: string, workshop: Workshop): Promise<AudioTrack> {
  const file = await createOpusFile(path, await countChannels(plan.audio, workshop));
  const rate = audioRate(plan.audio);
  const onSendersClock = (wallMs: number): number =>
    plan.startMs + ((wallMs - plan.startMs) * rate.playedAtHz) / OPUS_RATE;
  const cadence = new Cadence(plan.startMs);
  try {
    for (const piece of plan.audio) {
      workshop.signal?.throwIfAborted();
      const { track, samplesPerTick } = piece;
      for await (const frame of workshop.tolerate(piece, readOpusFrames(piece, workshop)))
        await writeAll(file, cadence.place({ ...frame, wallMs: onSendersClock(frame.wallMs), track, samplesPerTick }));
    }
    // The decoder gives the last of it after that much more.
    await writeAll(file, cadence.finish(onSendersClock(plan.endMs), PRESKIP_MS));
    await file.close();
  } catch (error) {
    await file.abandon();
    throw error;
  }
  const silenceMs = (cadence.silenceMs * OPUS_RATE) / rate.playedAtHz;
  return { path, packets: cadence.packets, silenceMs, ...rate };
}
