import type { MediaTime } from './media-time.ts';

const BEEP_SECONDS = 0.1;
const AHEAD_SECONDS = 2;

/** A track with a beep at every whole second of media time. */
export class Beeps {
  readonly track: MediaStreamTrack;
  readonly #time: MediaTime;
  readonly #gain: GainNode;
  #next = 0;

  constructor(time: MediaTime, freq: number) {
    const { context } = time;
    this.#time = time;
    const oscillator = new OscillatorNode(context, { frequency: freq });
    this.#gain = new GainNode(context, { gain: 0 });
    const output = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    oscillator.connect(this.#gain).connect(output);
    oscillator.start();
    const [track] = output.stream.getAudioTracks();
    if (track === undefined) throw new Error('no audio track');
    this.track = track;
  }

  /** Plans the beeps of the next seconds; to be called more often than that. */
  plan(now: number): void {
    for (; this.#next < now + AHEAD_SECONDS; this.#next += 1) {
      if (this.#next < now) continue;
      const at = this.#time.contextTime(this.#next);
      this.#gain.gain.setValueAtTime(0.4, at);
      this.#gain.gain.setValueAtTime(0, at + BEEP_SECONDS);
    }
  }
}
