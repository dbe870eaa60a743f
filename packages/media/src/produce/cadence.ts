import {
  concealmentPacket,
  fillerSizes,
  isDtx,
  isStereo,
  OPUS_RATE,
  packetTicks,
  SHORTEST_TICKS,
  silencePacket,
} from './opus-packet.ts';

/** An Opus packet that was received. */
export interface ReceivedPacket {
  readonly data: Uint8Array;
  /** The sender's run it belongs to, and its RTP timestamp there. */
  readonly track: number;
  readonly rtp: number;
  /** Samples per tick of the timestamps there, where it isn't one. */
  readonly samplesPerTick?: number | undefined;
  /** When it belongs on the wall clock. */
  readonly wallMs: number;
}

/** An Opus packet in its place: ms since the start of the file. */
export interface PlacedPacket {
  readonly data: Uint8Array;
  readonly atMs: number;
  readonly durationMs: number;
}

const TICKS_PER_MS = OPUS_RATE / 1000;
/** RTP time and wall time of neighbours differ by drift only; by more, the sender's timestamps jumped. */
const JUMP_MS = SHORTEST_TICKS / TICKS_PER_MS;
/** A packet that begins this much before its predecessor's end is a repetition or belongs to an overlapping run. */
const OVERLAP_MS = 10;
/** Loss up to this is concealed whole. */
const CONCEALED_MS = 120;
/** After DTX the decoder's comfort noise goes on for up to this; senders refresh it every 400 ms. */
const COMFORT_MS = 1_000;
/** Anything longer is faded out by concealment, then silent. */
const FADE_MS = 60;

/**
 * Puts Opus packets in their places on the wall clock and fills every hole, so that the stream has no gaps and nothing
 * moves: what a decoder counts and what the clock says differ by drift and less than 2.5 ms, for the resampler to even
 * out. Packets come in order of their time; a packet that overlaps what is there is dropped, for its time is heard.
 */
export class Cadence {
  readonly #startMs: number;
  /** Where the next packet belongs if nothing is missing. */
  #cursorMs: number;
  #last: { track: number; nextRtp: number; dtx: boolean } | undefined;
  /** Where the last packet begins: no container takes one that begins earlier. */
  #lastMs = -Infinity;
  #stereo = false;
  /** Time filled: mute, DTX, loss and absence. */
  silenceMs = 0;
  /** Packets that were put in their places. */
  packets = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#cursorMs = startMs;
  }

  *place(packet: ReceivedPacket): Generator<PlacedPacket> {
    const ticks = packetTicks(packet.data);
    const gapMs = this.#gapBefore(packet);
    if (ticks === 0 || gapMs < -OVERLAP_MS) return;
    this.packets += 1;
    this.#stereo = isStereo(packet.data);
    yield* this.#fill(gapMs);
    yield this.#emit(packet.data, packet.wallMs, ticks);
    this.#last = {
      track: packet.track,
      nextRtp: packet.rtp + ticks / (packet.samplesPerTick ?? 1),
      dtx: isDtx(packet.data),
    };
  }

  /** Silence up to the file's end, and packets after it that let the decoder give what it still has: `flushMs`. */
  *finish(endMs: number, flushMs = 0): Generator<PlacedPacket> {
    yield* this.#fill(endMs - this.#cursorMs);
    for (const endsMs = endMs + flushMs; this.#cursorMs < endsMs;)
      yield this.#emit(concealmentPacket(SHORTEST_TICKS, this.#stereo), this.#cursorMs, SHORTEST_TICKS);
  }

  /** Exact by RTP within a run; by the wall clock between runs and where timestamps jumped. */
  #gapBefore({ track, rtp, wallMs, samplesPerTick = 1 }: ReceivedPacket): number {
    const byWall = wallMs - this.#cursorMs;
    if (this.#last?.track !== track) return byWall;
    const byRtp = ((rtp - this.#last.nextRtp) * samplesPerTick) / TICKS_PER_MS;
    return Math.abs(byRtp - byWall) < JUMP_MS ? byRtp : byWall;
  }

  *#fill(gapMs: number): Generator<PlacedPacket> {
    const ticks = Math.round(gapMs * TICKS_PER_MS);
    if (ticks < SHORTEST_TICKS) return;
    const concealed = Math.min(ticks, this.#concealable(gapMs) * TICKS_PER_MS);
    yield* this.#fillWith(concealmentPacket, concealed);
    yield* this.#fillWith(silencePacket, ticks - concealed);
  }

  *#fillWith(make: (ticks: number, stereo: boolean) => Uint8Array, ticks: number): Generator<PlacedPacket> {
    for (const size of fillerSizes(ticks)) {
      this.silenceMs += size / TICKS_PER_MS;
      yield this.#emit(make(size, this.#stereo), this.#cursorMs, size);
    }
  }

  #concealable(gapMs: number): number {
    if (this.#last === undefined) return 0;
    if (gapMs <= CONCEALED_MS || (this.#last.dtx && gapMs <= COMFORT_MS)) return Infinity;
    return FADE_MS;
  }

  #emit(data: Uint8Array, wallMs: number, ticks: number): PlacedPacket {
    const durationMs = ticks / TICKS_PER_MS;
    this.#lastMs = Math.max(this.#lastMs, wallMs);
    this.#cursorMs = this.#lastMs + durationMs;
    return { data, atMs: Math.max(0, this.#lastMs - this.#startMs), durationMs };
  }
}
