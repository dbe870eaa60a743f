import { CLOCK_RATE } from './codecs.ts';
import { ntpMs, type ClockReading } from './rtcp.ts';
import type { SlotOptions } from './slot.ts';
import type { Source, StreamPacket } from './source.ts';

/** What was sent of one stream to one subscriber, under one subscription: what a recorder can have received at most. */
export interface Delivery {
  readonly publisherId: string;
  readonly stream: 'audio' | 'main' | 'sub';
  /** Under which the subscriber got it. */
  readonly ssrc: number;
  /**
   * The moments of the first and the last packet, ms since the Unix epoch: by the sender's clock, as its reports tell it,
   * because on a busy machine packets leave late; until the first report, when they left. Of a synthetic anchor, when they
   * were captured, whatever its timestamps say. Retransmissions don't count.
   */
  fromMs: number;
  toMs: number;
  packets: number;
  /** Whole pictures by codec and size, `h264 1280x720`, as far as the sender tells it: synthetic anchors do. */
  readonly pictures: Record<string, number>;
  /**
   * Moments, by the sender's reports, of the packets of a sound that the impaired network lost: nobody sends them again.
   * Of a picture none is told, because lost packets are asked for until they come.
   */
  readonly lostAtMs: readonly number[];
}

/** A packet is lost within this many packets after it was sent. */
const KEPT_MOMENTS = 200;

/** A packet that seems to leave this long before or after its moment has a clock that began anew, ms. */
const PLAUSIBLE_MS = 5_000;

/** The moment an RTP time stands for, by a sender's report. */
const momentMs = (clock: ClockReading, timestamp: number, ticksPerMs: number): number =>
  ntpMs(clock) + ((timestamp - clock.timestamp) | 0) / ticksPerMs;

/** One delivery as it grows. */
class Entry {
  readonly delivery: Omit<Delivery, 'lostAtMs'>;
  readonly #ticksPerMs: number;
  /** RTP times. */
  readonly #lost: number[] = [];
  readonly #lostAtMs: number[] = [];
  /** When the last packets were captured, by their RTP time at the subscriber, where the sender is a synthetic anchor. */
  readonly #captured = new Map<number, number>();
  #clock: ClockReading | undefined;
  /** The first packet's RTP time, until a report tells its moment. */
  #unplaced: number | undefined;

  constructor(about: Pick<Delivery, 'publisherId' | 'stream' | 'ssrc'>, first: StreamPacket) {
    const now = Date.now();
    this.delivery = { ...about, fromMs: first.capturedMs ?? now, toMs: now, packets: 0, pictures: {} };
    this.#ticksPerMs = CLOCK_RATE[about.stream === 'audio' ? 'audio' : 'video'] / 1000;
    if (first.capturedMs === undefined) this.#unplaced = first.timestamp;
  }

  note(packet: StreamPacket, source: Source, sentTimestamp: number): void {
    const { delivery } = this;
    this.#clock = source.lastClock;
    if (packet.capturedMs === undefined) this.#place(packet, source);
    else {
      delivery.toMs = packet.capturedMs;
      this.#keepMoment(sentTimestamp, packet.capturedMs);
    }
    delivery.packets += 1;
    const { marker, codec, size } = packet;
    if (!marker || size === undefined) return;
    const kind = `${codec} ${size}`;
    delivery.pictures[kind] = (delivery.pictures[kind] ?? 0) + 1;
  }

  /** By the sender's reports. */
  #place({ timestamp }: StreamPacket, { lastClock }: Source): void {
    const { delivery } = this;
    const now = Date.now();
    const moment = lastClock === undefined ? now : momentMs(lastClock, timestamp, this.#ticksPerMs);
    delivery.toMs = Math.abs(now - moment) < PLAUSIBLE_MS ? moment : now;
    if (lastClock !== undefined) this.#placeFirst(lastClock);
  }

  #keepMoment(timestamp: number, capturedMs: number): void {
    this.#captured.set(timestamp, capturedMs);
    const [oldest] = this.#captured.keys();
    if (this.#captured.size > KEPT_MOMENTS && oldest !== undefined) this.#captured.delete(oldest);
  }

  lose(timestamp: number): void {
    const capturedMs = this.#captured.get(timestamp);
    if (capturedMs === undefined) this.#lost.push(timestamp);
    else this.#lostAtMs.push(capturedMs);
  }

  view(): Delivery {
    const clock = this.#clock;
    const byReport = clock === undefined ? [] : this.#lost.map((time) => momentMs(clock, time, this.#ticksPerMs));
    const lostAtMs = [...this.#lostAtMs, ...byReport];
    return { ...this.delivery, pictures: { ...this.delivery.pictures }, lostAtMs };
  }

  #placeFirst(clock: ClockReading): void {
    if (this.#unplaced === undefined) return;
    const moment = momentMs(clock, this.#unplaced, this.#ticksPerMs);
    if (Math.abs(moment - this.delivery.fromMs) < PLAUSIBLE_MS) this.delivery.fromMs = moment;
    this.#unplaced = undefined;
  }
}

/** A ledger of everything that was sent to one user of one room. It outlives joins, so that it can be read at the end. */
export class Deliveries {
  readonly #all: Entry[] = [];

  /** Gives what notes the packets of a subscription's stream; its entry begins with the first. */
  open(about: Pick<Delivery, 'publisherId' | 'stream' | 'ssrc'>): NonNullable<SlotOptions['onSent']> {
    let entry: Entry | undefined;
    return (packet, source, sentTimestamp) => {
      if (entry === undefined) {
        entry = new Entry(about, packet);
        this.#all.push(entry);
      }
      entry.note(packet, source, sentTimestamp);
    };
  }

  /** The impaired network lost a packet on its way to the user. */
  lost({ ssrc, timestamp }: Pick<StreamPacket, 'timestamp'> & { readonly ssrc: number }): void {
    this.#all.find(({ delivery }) => delivery.ssrc === ssrc && delivery.stream === 'audio')?.lose(timestamp);
  }

  view(): Delivery[] {
    return this.#all.map((entry) => entry.view());
  }
}
