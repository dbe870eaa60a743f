import { z } from 'zod';
import { isRtcp } from './rtp.ts';
import { seeded } from './seeded.ts';

const probability = z.number().min(0).max(1).default(0);

/** How bad one direction of a member's network is. */
export const ImpairmentSchema = z.strictObject({
  /** Probabilities, per packet. */
  loss: probability,
  reorder: probability,
  dup: probability,
  /** ms added to every packet, and up to how many ms more at random. */
  delayMs: z.number().min(0).max(60_000).default(0),
  jitterMs: z.number().min(0).max(60_000).default(0),
  /** Which of the repeatable runs. */
  seed: z.int().default(1),
});
export type Impairment = z.infer<typeof ImpairmentSchema>;

/** What happens to one packet: the ms after which each copy of it arrives; none when it is lost. */
export type Fate = readonly number[];

const UNHARMED: Fate = [0];

/**
 * Decides the fate of packets. Every stream (its SSRC is readable also in SRTP) draws from a generator of its own, made
 * of the seed and the payload type: the n-th packet of a stream meets the same fate in every run, however the streams
 * are interleaved. Connectivity checks and DTLS pass unharmed.
 */
export function fates(rule: Impairment): (packet: Buffer) => Fate {
  const generators = new Map<number, () => number>();
  const generatorOf = (packet: Buffer) => {
    const rtcp = isRtcp(packet);
    const stream = rtcp ? -1 : packet.readUInt32BE(8);
    let generator = generators.get(stream);
    if (generator === undefined) {
      generator = seeded(rule.seed * 2_654_435_761 + (rtcp ? 999 : packet.readUInt8(1) & 0x7f));
      generators.set(stream, generator);
    }
    return generator;
  };
  return (packet) => {
    if (!isMedia(packet)) return UNHARMED;
    const random = generatorOf(packet);
    if (rule.loss > 0 && random() < rule.loss) return [];
    const duplicated = rule.dup > 0 && random() < rule.dup;
    let wait = rule.delayMs + (rule.jitterMs > 0 ? random() * rule.jitterMs : 0);
    if (rule.reorder > 0 && random() < rule.reorder) wait += 20 + random() * 40;
    return duplicated ? [0, wait] : [wait];
  };
}

/** SRTP and SRTCP begin with a byte of 128 to 191 (RFC 7983). */
export const isMedia = (packet: Buffer): boolean => packet.length >= 12 && packet.readUInt8(0) >> 6 === 2;
