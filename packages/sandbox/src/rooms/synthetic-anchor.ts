import type { Clip } from '../clips/encode.ts';
import { MediaClock } from '../clips/media-clock.ts';
import { AudioSender, VideoSender } from '../clips/sender.ts';
import type { TimestampFaults } from '../clips/timestamp-faults.ts';
import type { Published } from './published.ts';

export interface SyntheticAnchorOptions {
  /** Camera and microphone. */
  readonly clip: Clip;
  /** The screen. */
  readonly subClip: Clip;
  /** Silence is not sent. */
  readonly dtx?: boolean | undefined;
  /** How much faster its clock runs than ours, parts per million. */
  readonly driftPpm?: number | undefined;
  /** What is wrong with the timestamps of microphone and camera. */
  readonly timestamps?: TimestampFaults | undefined;
  /** ms by which its media begin later: spreads the work of many anchors. */
  readonly lateMs?: number | undefined;
}

const REPORT_EVERY_MS = 1000;

/** An anchor without a browser: a user costs only the forwarding of its packets. All its streams share one clock. */
export class SyntheticAnchor {
  readonly #clock: MediaClock;
  readonly #audio: AudioSender;
  readonly #main: VideoSender;
  readonly #sub: VideoSender;
  #reportAt = 0;

  /** When its media time was 0, ms since the Unix epoch. */
  get mediaStartMs(): number {
    return this.#clock.startMs;
  }

  constructor(
    { clip, subClip, dtx = false, driftPpm = 0, timestamps = {}, lateMs = 0 }: SyntheticAnchorOptions,
    published: Published,
  ) {
    this.#clock = new MediaClock({ driftPpm, lateMs });
    const wallMs = (mediaMs: number) => this.#clock.wallMs(mediaMs);
    const { audio, video } = timestamps;
    this.#audio = new AudioSender({ clip, wallMs, timestamps: audio, dtx });
    this.#main = new VideoSender({ clip, wallMs, timestamps: video });
    this.#sub = new VideoSender({ clip: subClip, wallMs });
    published.streams = { audio: this.#audio.source, main: this.#main.source, sub: this.#sub.source };
  }

  /** Shows another clip from its next key frame on; the sound changes at once. */
  use({ clip, subClip }: { clip?: Clip | undefined; subClip?: Clip | undefined }): void {
    const now = this.#clock.now();
    if (clip !== undefined) {
      this.#audio.use(clip);
      this.#main.use(clip, now);
    }
    if (subClip !== undefined) this.#sub.use(subClip, now);
  }

  /** Begins RTP times anew somewhere else, as a sender does that restarts its encoders. Media time goes on. */
  restart(): void {
    for (const sender of [this.#audio, this.#main, this.#sub]) sender.restart();
  }

  /** Sends what is due. */
  tick(): void {
    const now = this.#clock.now();
    const senders = [this.#audio, this.#main, this.#sub];
    for (const sender of senders) sender.tick(now);
    if (now < this.#reportAt) return;
    this.#reportAt = now + REPORT_EVERY_MS;
    for (const sender of senders) sender.report(now);
  }
}
