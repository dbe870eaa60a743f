import { randomBytes } from 'node:crypto';
import { ntpNow } from '../rooms/rtcp.ts';
import { Source } from '../rooms/source.ts';
import type { Clip } from './encode.ts';
import { SenderTimestamps } from './sender-timestamps.ts';
import type { TrackFaults } from './timestamp-faults.ts';

const PACKETS_PER_SECOND = 50;

export interface SenderOptions {
  readonly clip: Clip;
  /** When a moment of media time is, ms since the Unix epoch. */
  readonly wallMs: (mediaMs: number) => number;
  /** What is wrong with its timestamps. */
  readonly timestamps?: TrackFaults | undefined;
}

/** Sends one track of a clip, over and over, on a media clock: what is due at `mediaMs` and was not sent yet. */
export interface Sender {
  readonly source: Source;
  tick(mediaMs: number): void;
  /** A sender report: which RTP time is now. */
  report(mediaMs: number): void;
  /** RTP times begin anew somewhere else; sequence numbers go on. */
  restart(): void;
}

/** RTP times and sequence numbers begin anywhere, as RFC 3550 wants it, so that nothing can count on their start. */
const randomStart = () => ({ timestamp: randomBytes(4).readUInt32BE(), sequence: randomBytes(2).readUInt16BE() });

const reportOf = (source: Source, start: number, clock: SenderTimestamps, mediaMs: number): void => {
  if (mediaMs >= 0) source.emitClock({ ...ntpNow(), timestamp: (start + clock.read(mediaMs)) >>> 0 });
};

export class AudioSender implements Sender {
  readonly source = new Source('audio');
  #start = randomStart();
  readonly #timestamps: SenderTimestamps;
  readonly #wallMs: SenderOptions['wallMs'];
  readonly #dtx: boolean;
  #clip: Clip;
  #packet = 0;
  #sequence = this.#start.sequence;
  #talking = false;

  /** `dtx`: digital silence is not sent, but for one packet in 400 ms, as a WebRTC sender with DTX does. */
  constructor({ clip, wallMs, timestamps, dtx }: SenderOptions & { readonly dtx: boolean }) {
    this.#clip = clip;
    this.#wallMs = wallMs;
    this.#timestamps = new SenderTimestamps('audio', timestamps);
    this.#dtx = dtx;
  }

  use(clip: Clip): void {
    this.#clip = clip;
  }

  tick(mediaMs: number): void {
    for (; (this.#packet * 1000) / PACKETS_PER_SECOND <= mediaMs; this.#packet += 1) this.#send(this.#packet);
  }

  #send(packet: number): void {
    const { sounds } = this.#clip;
    const sound = sounds[packet % sounds.length];
    const mediaMs = (packet * 1000) / PACKETS_PER_SECOND;
    const ticks = this.#timestamps.next(mediaMs, true);
    if (sound === undefined || ticks === undefined || this.source.sinks.size === 0) return;
    const left = this.#dtx && sound.silent && packet % 20 !== 0;
    const marker = !this.#talking && !left; // the first packet after a silence
    this.#talking = !left;
    if (left) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.source.emit({
      sequence: this.#sequence,
      timestamp: (this.#start.timestamp + ticks) >>> 0,
      marker,
      payload: sound.payload,
      codec: 'opus',
      startsKeyFrame: false,
      capturedMs: this.#wallMs(mediaMs),
    });
  }

  restart(): void {
    this.#start = randomStart();
  }

  report(mediaMs: number): void {
    reportOf(this.source, this.#start.timestamp, this.#timestamps, mediaMs);
  }
}

export class VideoSender implements Sender {
  readonly source = new Source('video');
  #start = randomStart();
  readonly #timestamps: SenderTimestamps;
  readonly #wallMs: SenderOptions['wallMs'];
  #clip: Clip;
  #next: { clip: Clip; fromSeconds: number } | undefined;
  #frame = 0;
  #sequence = this.#start.sequence;

  constructor({ clip, wallMs, timestamps }: SenderOptions) {
    this.#clip = clip;
    this.#wallMs = wallMs;
    this.#timestamps = new SenderTimestamps('video', timestamps);
  }

  /**
   * Goes over to another clip (size, rate or codec) at its next key frame, on the same media clock and with continuous
   * RTP times: flashes stay where they are.
   */
  use(clip: Clip, mediaMs: number): void {
    const { gop } = clip.spec;
    this.#next = { clip, fromSeconds: Math.ceil(Math.max(0, mediaMs) / 1000 / gop) * gop };
  }

  tick(mediaMs: number): void {
    for (; (this.#frame * 1000) / this.#clip.spec.fps <= mediaMs; this.#frame += 1) {
      this.#changeClip();
      this.#send(this.#frame);
    }
  }

  #changeClip(): void {
    if (this.#next === undefined || this.#frame / this.#clip.spec.fps < this.#next.fromSeconds) return;
    this.#clip = this.#next.clip;
    this.#frame = Math.round(this.#next.fromSeconds * this.#clip.spec.fps);
    this.#next = undefined;
  }

  #send(number: number): void {
    const { frames, spec } = this.#clip;
    const frame = frames[number % frames.length];
    const mediaMs = (number * 1000) / spec.fps;
    const ticks = this.#timestamps.next(mediaMs, frame?.key === true);
    if (frame === undefined || ticks === undefined || this.source.sinks.size === 0) return;
    const timestamp = (this.#start.timestamp + ticks) >>> 0;
    const capturedMs = this.#wallMs(mediaMs);
    const size = `${spec.width}x${spec.height}`;
    frame.payloads.forEach((payload, index) => {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const marker = index === frame.payloads.length - 1;
      const startsKeyFrame = frame.key && index === 0;
      const { codec } = spec;
      const about = { codec, startsKeyFrame, size, capturedMs };
      this.source.emit({ sequence: this.#sequence, timestamp, marker, payload, ...about });
    });
  }

  restart(): void {
    this.#start = randomStart();
  }

  report(mediaMs: number): void {
    reportOf(this.source, this.#start.timestamp, this.#timestamps, mediaMs);
  }
}
