import type { StreamPacket } from './source.ts';

/** What was sent of one stream to one subscriber, under one subscription: what a recorder can have received at most. */
export interface Delivery {
  readonly publisherId: string;
  readonly stream: 'audio' | 'main' | 'sub';
  /** Under which the subscriber got it. */
  readonly ssrc: number;
  /** When the first and the last packet left, ms since the Unix epoch. Retransmissions don't count. */
  fromMs: number;
  toMs: number;
  packets: number;
  /** Whole pictures by codec and size, `h264 1280x720`, as far as the sender tells it: synthetic anchors do. */
  readonly pictures: Record<string, number>;
}

/** A ledger of everything that was sent to one user of one room. It outlives joins, so that it can be read at the end. */
export class Deliveries {
  readonly #all: Delivery[] = [];

  /** Begins an entry with a subscription's first packet; gives what notes each packet. */
  open(about: Pick<Delivery, 'publisherId' | 'stream' | 'ssrc'>): (packet: StreamPacket) => void {
    let delivery: Delivery | undefined;
    return ({ marker, codec, size }) => {
      const now = Date.now();
      if (delivery === undefined) {
        delivery = { ...about, fromMs: now, toMs: now, packets: 0, pictures: {} };
        this.#all.push(delivery);
      }
      delivery.toMs = now;
      delivery.packets += 1;
      if (!marker || size === undefined) return;
      const kind = `${codec} ${size}`;
      delivery.pictures[kind] = (delivery.pictures[kind] ?? 0) + 1;
    };
  }

  view(): Delivery[] {
    return this.#all.map((delivery) => ({ ...delivery, pictures: { ...delivery.pictures } }));
  }
}
