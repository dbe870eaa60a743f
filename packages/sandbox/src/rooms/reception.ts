import type { ClockReading, ReportBlock } from './rtcp.ts';
import { sequenceDistance } from './rtp.ts';

/** What a receiver report says about one incoming stream (RFC 3550, appendix A.3). */
export class Reception {
  #first: number | undefined;
  #highest = 0;
  #cycles = 0;
  #received = 0;
  #before = { expected: 0, received: 0 };
  #report: { middleNtp: number; at: number } | undefined;

  get received(): number {
    return this.#received;
  }

  /** Counts a packet; gives the sequence numbers skipped right before it. */
  count(sequence: number): number[] {
    this.#received += 1;
    if (this.#first === undefined) {
      this.#first = sequence;
      this.#highest = sequence;
      return [];
    }
    const step = sequenceDistance(sequence, this.#highest);
    if (step <= 0) return [];
    const skipped = Array.from({ length: step - 1 }, (_, index) => (this.#highest + index + 1) & 0xffff);
    if (sequence < this.#highest) this.#cycles += 0x1_0000;
    this.#highest = sequence;
    return skipped;
  }

  /** Counts a packet that came back by retransmission. */
  countRecovered(): void {
    this.#received += 1;
  }

  heardReport({ ntpSeconds, ntpFraction }: ClockReading): void {
    this.#report = { middleNtp: (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0, at: performance.now() };
  }

  /** `undefined` before the first packet. */
  block(ssrc: number): ReportBlock | undefined {
    if (this.#first === undefined) return undefined;
    const expected = this.#cycles + this.#highest - this.#first + 1;
    const expectedSince = expected - this.#before.expected;
    const lostSince = expectedSince - (this.#received - this.#before.received);
    this.#before = { expected, received: this.#received };
    return {
      ssrc,
      fraction: expectedSince > 0 && lostSince > 0 ? Math.min(255, Math.floor((lostSince * 256) / expectedSince)) : 0,
      lost: expected - this.#received,
      highest: this.#cycles + this.#highest,
      lastReport: this.#report?.middleNtp ?? 0,
      sinceLastReport: this.#report === undefined ? 0 : Math.floor((performance.now() - this.#report.at) * 65.536),
    };
  }
}
