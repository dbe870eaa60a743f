import { cellBox, frameBox, frameCodeCells, type Box } from '../src/clips/frame-code.ts';

export interface TruthCanvasOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly freq: number;
  readonly label: string;
}

const FLASH_SECONDS = 0.1;

/** A canvas that shows its frame number in cells and digits, a moving bar, and a white flash at every whole second. */
export class TruthCanvas {
  readonly element = document.createElement('canvas');
  readonly track: MediaStreamTrack;
  readonly #options: TruthCanvasOptions;
  readonly #context: CanvasRenderingContext2D;
  #drawn = -1;

  constructor(options: TruthCanvasOptions) {
    this.#options = options;
    this.element.width = options.width;
    this.element.height = options.height;
    const context = this.element.getContext('2d', { alpha: false });
    const [track] = this.element.captureStream().getVideoTracks();
    if (context === null || track === undefined) throw new Error('no canvas to capture');
    this.#context = context;
    this.track = track;
  }

  /** Draws the frame of a media time, once; gives the media time at which the next one begins. */
  draw(seconds: number): number {
    const { fps } = this.#options;
    const frame = Math.floor(seconds * fps);
    if (frame > this.#drawn && frame >= 0) {
      this.#drawn = frame;
      this.#picture(frame);
    }
    return (Math.max(frame, -1) + 1) / fps;
  }

  #picture(frame: number): void {
    const { width, height, fps, freq, label } = this.#options;
    const flash = (frame % fps) / fps < FLASH_SECONDS;
    const context = this.#context;
    context.fillStyle = flash ? '#fff' : `hsl(${String((freq * 137.5) % 360)} 70% 30%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = flash ? '#222' : '#ddd';
    context.fillRect(((frame * 7) % (width + 60)) - 60, height * 0.9, 60, height * 0.06);
    context.font = `${String(Math.round(height / 9))}px sans-serif`;
    context.fillText(`${label}  ${String(frame)}`, width * 0.05, height * 0.62);
    this.#code(frame);
  }

  #code(frame: number): void {
    const { width, height, freq } = this.#options;
    const paint = ({ left, top, right, bottom }: Box, style: string) => {
      this.#context.fillStyle = style;
      this.#context.fillRect(left, top, right - left, bottom - top);
    };
    paint(frameBox(width, height), '#808080');
    frameCodeCells({ number: frame & 0xff_ffff, source: freq }).forEach((row, r) =>
      row.forEach((white, c) => paint(cellBox(width, height, c, r), white ? '#fff' : '#000')),
    );
  }
}
