import type { Codec, Mode, RoomEvent, StreamType } from '@trtc-recorder/contracts';
import type { JournalEntry } from '../../src/spool/journal/journal-entry.ts';

/** Start of the recordings in tests, ms since the epoch. Times below are seconds from it. */
export const T0 = 1_760_000_000_000;

interface TrackOptions {
  readonly userId?: string;
  readonly stream?: StreamType;
  readonly codec?: Codec;
  readonly from: number;
  readonly to: number;
  readonly take?: number;
  readonly size?: readonly [number, number];
}

/** Writes journals by hand: media as one segment per 10 s, arriving without delay. */
export class JournalBuilder {
  readonly entries: JournalEntry[] = [{ type: 'recording', at: T0, version: 1 }];
  #take = 0;
  #track = 0;
  #segment = 0;

  take(at: number, mode: Mode = '02'): this {
    return this.outside(at, mode).#event({ type: 'entered', at: T0 + at * 1000 });
  }

  /** A take that tries to join and doesn't come in. */
  outside(at: number, mode: Mode = '02'): this {
    this.#take += 1;
    this.entries.push({ type: 'take', at: T0 + at * 1000, take: this.#take, worker: `w${this.#take}`, mode });
    return this;
  }

  takeEnd(at: number, reason = 'stopped'): this {
    this.entries.push({ type: 'take-end', at: T0 + at * 1000, take: this.#take, reason });
    return this;
  }

  enter(userId: string, at: number): this {
    return this.#event({ type: 'anchor-enter', at: T0 + at * 1000, userId });
  }

  exit(userId: string, at: number, reason = 0): this {
    return this.#event({ type: 'anchor-exit', at: T0 + at * 1000, userId, reason });
  }

  share(userId: string, at: number, available: boolean): this {
    const type = available ? 'available' : 'unavailable';
    return this.#event({ type, at: T0 + at * 1000, userId, stream: 'sub', kind: 'video' });
  }

  mute(userId: string, kind: 'audio' | 'video', at: number, muted: boolean): this {
    const type = muted ? 'unavailable' : 'available';
    return this.#event({ type, at: T0 + at * 1000, userId, stream: 'main', kind });
  }

  /** A camera and a microphone that are on from `at` on. */
  publish(userId: string, at: number): this {
    return this.enter(userId, at).mute(userId, 'audio', at, false).mute(userId, 'video', at, false);
  }

  crash(at: number): this {
    return this.#event({ type: 'crashed', at: T0 + at * 1000, message: 'the page died' });
  }

  connection(at: number, state: string): this {
    return this.#event({ type: 'connection', at: T0 + at * 1000, state });
  }

  /** One sender's run with media from and to the given seconds. */
  media({ userId = 'ann', stream = 'main', codec = 'opus', from, to, size }: TrackOptions): this {
    const kind = codec === 'opus' ? 'audio' : 'video';
    const clockRate = kind === 'audio' ? 48_000 : 90_000;
    const track = (this.#track += 1);
    const at = T0 + from * 1000;
    const sender = { userId, stream, kind, codec, clockRate, ssrc: track, tap: track } as const;
    this.entries.push({ type: 'track', at, take: this.#take, track, ...sender });
    const frame = kind === 'audio' ? 0.02 : 1 / 15;
    for (let start = from; start < to; start += 10) {
      const end = Math.min(to, start + 10);
      const rtp = (second: number) => Math.round((second - from) * clockRate);
      for (let second = start; second < end; second += 1)
        this.#push(second, { type: 'clock', track, rtp: rtp(second), receivedAt: T0 + second * 1000 });
      this.#segment += 1;
      const file = `${String(this.#segment).padStart(6, '0')}.mkv`;
      const frames = Math.round((end - start) / frame);
      this.#push(end, {
        ...{ type: 'segment', track, segment: this.#segment, file, codec, frames, keyFrames: 1, bytes: 1000 },
        ...{ firstRtp: rtp(start), lastRtp: rtp(end - frame) },
        ...(kind === 'audio' ? { frameTicks: 960 } : { width: size?.[0] ?? 640, height: size?.[1] ?? 360 }),
      });
    }
    return this;
  }

  /** Seconds without frames of the last run. */
  pause(from: number, to: number, clockRate: number, regular = true): this {
    const fromTo = { fromRtp: from * clockRate, toRtp: to * clockRate };
    this.#push(to, { type: 'pause', track: this.#track, ...fromTo, regular });
    return this;
  }

  /** Seconds in which nothing of the last run arrived. */
  arrivalGap(from: number, to: number): this {
    const fromTo = { fromMs: T0 + from * 1000, toMs: T0 + to * 1000 };
    this.#push(to, { type: 'arrival-gap', track: this.#track, ...fromTo });
    return this;
  }

  gap(from: number, to: number, clockRate = 48_000): this {
    const fromTo = { fromRtp: from * clockRate, toRtp: to * clockRate };
    this.#push(to, { type: 'gap', track: this.#track, ...fromTo, cause: 'loss' });
    return this;
  }

  #push(second: number, entry: DistributiveOmit<JournalEntry, 'at'>): void {
    this.entries.push({ ...entry, at: T0 + second * 1000 });
  }

  #event(event: RoomEvent): this {
    this.entries.push({ type: 'event', at: event.at, take: this.#take, event });
    return this;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
