import type { Piece } from '../plan/file-plan.ts';
import { isOpusPacket, OPUS_RATE, packetTicks } from './opus-packet.ts';
import { readFrames, type SegmentFrame } from './segment-reader.ts';
import type { Workshop } from './workshop.ts';

/** The packets of a sound segment that a decoder can make sound of. */
export async function* readOpusFrames(piece: Piece, { spoolDir }: Workshop): AsyncGenerator<SegmentFrame> {
  let damaged = false;
  for await (const frame of readFrames(piece, spoolDir)) {
    damaged ||= frame.afterDamage || !isOpusPacket(frame.data);
    if (!isOpusPacket(frame.data)) continue;
    yield { ...frame, playsMs: (packetTicks(frame.data) * 1000) / OPUS_RATE, afterDamage: damaged };
    damaged = false;
  }
}
