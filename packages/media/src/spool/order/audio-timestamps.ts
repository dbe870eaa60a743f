/** An audio packet as it arrived. */
export interface ReceivedPacket {
  /** RTP sequence number, 16 bits; undefined if the source has none. */
  readonly sequenceNumber?: number | undefined;
  /** RTP timestamp, 32 bits. */
  readonly rtpTimestamp: number;
  /** Duration of the packet, ticks; 0 if it is empty or not Opus. */
  readonly ticks: number;
  /** ms since the Unix epoch. */
  readonly receivedAt: number;
}

export interface AudioPlace {
  /** Unwrapped sequence number. */
  readonly sequence: number | undefined;
  /** Continuous RTP time: unwrapped, without the sender's jumps. */
  readonly rtp: number;
  /** The sender's timestamps jumped before this packet. */
  readonly jump: boolean;
}

interface Placed extends ReceivedPacket {
  readonly sequence: number;
  readonly rtp: number;
}

const TICKS_PER_MS = 48;
/** A packet that is earlier than its number allows by so much was stamped by a clock that was set back. */
const BACK_TICKS = 5 * TICKS_PER_MS;
/** A packet that is later than its number and the time passed allow by so much was stamped by a clock that was set ahead. */
const AHEAD_TICKS = 300 * TICKS_PER_MS;
/** A pause of this length at a jump is kept; a shorter one may be jitter. */
const PAUSE_TICKS = 300 * TICKS_PER_MS;
/** Neither delay nor loss explains a difference of this size. */
const UNRELATED_TICKS = 10_000 * TICKS_PER_MS;
/** Packets that come later than so many others are no late packets. */
const KNOWN = 512;
const OFFSETS = 8;
const STEPS = 9;
/** Clocks drift apart by at most this. */
const MAX_DRIFT = 500e-6;
const USUAL_TICKS = 960;

/**
 * Gives the packets of a track continuous RTP times. Audio is sampled without pause, so packets with consecutive numbers
 * have consecutive times (RFC 3550, 5.1), except for silence that isn't sent, which takes as long here as there. Any other
 * step is a jump of the sender's timestamps: from there on its size is subtracted.
 */
export class AudioTimestamps {
  readonly #known = new Map<number, Placed>();
  /** What is added to timestamps, the current value last; older ones are for packets that arrive out of order. */
  #offsets: number[] = [0];
  #steps: number[] = [];
  #newest: Placed | undefined;
  /** By how much later than the first packet the newest came, against the sender's time, and the least delayed. Ticks. */
  #delay = 0;
  #leastDelay = 0;

  /** Neither the number nor the timestamp follows on from the packets before: another stream began. */
  isUnrelated(packet: ReceivedPacket): boolean {
    const newest = this.#newest;
    if (newest === undefined) return false;
    const passed = passedTicks(newest, packet);
    const step = this.#near(packet, newest.rtp) - newest.rtp;
    const apart = Math.abs(step - passed) > UNRELATED_TICKS;
    const numbers = numbersAfter(newest, packet);
    if (numbers === undefined) return apart;
    if (numbers > 0) return apart && numbers * this.#usualTicks(newest) > passed + UNRELATED_TICKS;
    if (step > 0 && !apart) return false;
    if (numbers < -KNOWN) return true;
    const { distance } = this.#placeEarlier(packet, newest.sequence + numbers);
    return apart && distance > UNRELATED_TICKS;
  }

  next(packet: ReceivedPacket): AudioPlace {
    const newest = this.#newest;
    if (newest === undefined) {
      const sequence = packet.sequenceNumber ?? 0;
      this.#note({ ...packet, sequence, rtp: packet.rtpTimestamp });
      return { sequence: packet.sequenceNumber, rtp: packet.rtpTimestamp, jump: false };
    }
    const numbers = numbersAfter(newest, packet);
    const straight = this.#near(packet, newest.rtp);
    if (numbers === undefined) {
      if (straight > newest.rtp) this.#note({ ...packet, sequence: newest.sequence, rtp: straight });
      return { sequence: undefined, rtp: straight, jump: false };
    }
    const sequence = newest.sequence + numbers;
    // A later time with an earlier number: the sender began to count again.
    if (numbers > 0 || (straight > newest.rtp && numbers < -KNOWN)) {
      const rtp = numbers > 0 ? this.#placeNewer(packet, newest, numbers, straight) : straight;
      this.#follow(newest, { ...packet, sequence, rtp }, numbers);
      return { sequence, rtp, jump: rtp !== straight };
    }
    const known = this.#known.get(sequence);
    if (known?.rtpTimestamp === packet.rtpTimestamp) return { sequence, rtp: known.rtp, jump: false };
    const { rtp } = this.#placeEarlier(packet, sequence);
    this.#remember({ ...packet, sequence, rtp });
    return { sequence, rtp, jump: false };
  }

  #placeNewer(packet: ReceivedPacket, newest: Placed, numbers: number, straight: number): number {
    const step = straight - newest.rtp;
    const passed = passedTicks(newest, packet);
    const shortest = Math.min(newest.ticks, packet.ticks, this.#usualStep ?? Infinity);
    const isBack = step <= 0 || step < numbers * shortest - BACK_TICKS;
    const unexplained = step - Math.max(passed, numbers * this.#usualTicks(newest));
    const isAhead = unexplained >= AHEAD_TICKS && this.#delay + passed - step <= this.#leastDelay - AHEAD_TICKS;
    if (!isBack && !isAhead) return straight;
    const played = numbers * this.#usualTicks(newest);
    const rtp = newest.rtp + (passed - played > PAUSE_TICKS ? Math.round(passed) : played);
    this.#offsets.push(rtp - packet.rtpTimestamp);
    if (this.#offsets.length > OFFSETS) this.#offsets.shift();
    return rtp;
  }

  /** A packet out of order has the offset by which it fits best between its neighbours, and a place between them. */
  #placeEarlier(packet: ReceivedPacket, sequence: number): { rtp: number; distance: number } {
    const { before, after } = this.#neighbours(sequence);
    const expected =
      before === undefined
        ? (after?.rtp ?? 0) - ((after?.sequence ?? 0) - sequence) * this.#usualTicks(after ?? packet)
        : before.rtp + (sequence - before.sequence) * this.#usualTicks(before);
    const candidates = this.#offsets.map((offset) => {
      const rtp = nearest(packet.rtpTimestamp + offset, expected);
      return { rtp, distance: Math.abs(rtp - expected) };
    });
    const best = candidates.reduceRight((least, other) => (other.distance < least.distance ? other : least));
    if (before === undefined || after === undefined) return best;
    if (best.rtp > before.rtp && best.rtp < after.rtp) return best;
    const share = (sequence - before.sequence) / (after.sequence - before.sequence);
    return { ...best, rtp: Math.round(before.rtp + share * (after.rtp - before.rtp)) };
  }

  /** The nearest packets by number that are known. */
  #neighbours(sequence: number): { before: Placed | undefined; after: Placed | undefined } {
    const find = (step: 1 | -1): Placed | undefined => {
      for (let away = step; Math.abs(away) <= KNOWN; away += step) {
        const packet = this.#known.get(sequence + away);
        if (packet !== undefined) return packet;
      }
      return undefined;
    };
    return { before: find(-1), after: find(1) };
  }

  #follow(newest: Placed, packet: Placed, numbers: number): void {
    const passed = passedTicks(newest, packet);
    if (numbers === 1) this.#steps.push(packet.rtp - newest.rtp);
    if (this.#steps.length > STEPS) this.#steps.shift();
    this.#delay += passed - (packet.rtp - newest.rtp);
    this.#leastDelay = Math.min(this.#leastDelay + Math.max(0, passed) * MAX_DRIFT, this.#delay);
    this.#note(packet);
  }

  #note(packet: Placed): void {
    this.#newest = packet;
    this.#remember(packet);
  }

  #remember(packet: Placed): void {
    this.#known.delete(packet.sequence);
    this.#known.set(packet.sequence, packet);
    for (const sequence of this.#known.keys()) {
      if (this.#known.size <= KNOWN) return;
      this.#known.delete(sequence);
    }
  }

  #near({ rtpTimestamp }: ReceivedPacket, rtp: number): number {
    return nearest(rtpTimestamp + (this.#offsets.at(-1) ?? 0), rtp);
  }

  get #usualStep(): number | undefined {
    return [...this.#steps].sort((a, b) => a - b)[this.#steps.length >> 1];
  }

  #usualTicks({ ticks }: ReceivedPacket): number {
    return ticks > 0 ? ticks : (this.#usualStep ?? USUAL_TICKS);
  }
}

/** The value next to `reference` among all that are equal to `rtp` in 32 bits. */
const nearest = (rtp: number, reference: number): number => reference + ((rtp - reference) | 0);

const passedTicks = (last: ReceivedPacket, { receivedAt }: ReceivedPacket): number =>
  (receivedAt - last.receivedAt) * TICKS_PER_MS;

/** How many packets after the newest one it was sent; undefined without numbers. */
const numbersAfter = (newest: Placed, { sequenceNumber }: ReceivedPacket): number | undefined => {
  if (sequenceNumber === undefined || newest.sequenceNumber === undefined) return undefined;
  return ((sequenceNumber - newest.sequenceNumber) << 16) >> 16;
};
