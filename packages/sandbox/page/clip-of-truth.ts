import { Beeps } from './beeps.ts';
import { MediaTime } from './media-time.ts';
import { TruthCanvas } from './truth-canvas.ts';

export interface ClipOfTruthOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Hz of the beep; also in the picture. */
  readonly freq: number;
  readonly label: string;
}

export interface ClipOfTruth {
  readonly video: MediaStreamTrack;
  readonly audio: MediaStreamTrack;
  readonly screen: MediaStreamTrack;
  readonly preview: HTMLCanvasElement;
  /** Media time, seconds. */
  now(): number;
}

/**
 * What an anchor sends when it must be told afterwards what was recorded, by whom and when: pictures that carry their
 * own number, a flash once a second, and a beep at the same media time.
 */
export function clipOfTruth(options: ClipOfTruthOptions): ClipOfTruth {
  const time = new MediaTime(1);
  void time.context.resume();
  const beeps = new Beeps(time, options.freq);
  const camera = new TruthCanvas(options);
  const screen = new TruthCanvas({ ...options, width: 1280, height: 720, fps: 5, label: `screen of ${options.label}` });
  const alarm = alarmClock(() => {
    const now = time.now();
    beeps.plan(now);
    const next = Math.min(camera.draw(now), screen.draw(now));
    alarm((next - time.now()) * 1000);
  });
  alarm(0);
  return {
    video: camera.track,
    audio: beeps.track,
    screen: screen.track,
    preview: camera.element,
    now: () => time.now(),
  };
}

/** A timer in a worker: the page's own are slowed down when nobody looks at it. */
function alarmClock(ring: () => void): (inMs: number) => void {
  const source = 'onmessage = ({data}) => setTimeout(() => postMessage(0), data)';
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  worker.onmessage = ring;
  return (inMs) => worker.postMessage(Math.max(1, inMs));
}
