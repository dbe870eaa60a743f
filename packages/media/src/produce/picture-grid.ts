/** Pictures lie on a grid of 200 places a second. */
const GRID_MS = 5;

/** ffmpeg takes the greatest common divisor of 16 and more intervals for the grid, leaving out the first few. */
const FIRST_INTERVAL = 4;
const LAST_INTERVAL = 16;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Gives each picture a place of its own. ffmpeg's programs take one frame rate for the whole of a file by what they find
 * at its beginning, put every picture on that rate's grid, and complain of two on one place (libavformat's
 * ff_rfps_calculate and fftools' encoder time base). A camera's rate is no constant, so the grid is made one that they
 * find, and fine enough.
 */
export class PictureGrid {
  #pictures = 0;
  #lastPlace = 0;
  #common = 0;

  /** The place of the next picture, in ms: at most half a grid's step from `atMs`, unless others are as close. */
  place(atMs: number): number {
    const nearest = Math.round(atMs / GRID_MS);
    const place = this.#pictures === 0 ? nearest : Math.max(nearest, this.#lastPlace + 1);
    this.#lastPlace = this.#told(place);
    this.#pictures += 1;
    return this.#lastPlace * GRID_MS;
  }

  /** Were all intervals multiples of a wider grid, as of a camera at exactly 25 a second, one picture is moved. */
  #told(place: number): number {
    const interval = this.#pictures;
    if (interval < FIRST_INTERVAL || interval > LAST_INTERVAL) return place;
    const common = gcd(place - this.#lastPlace, this.#common);
    const moved = interval === LAST_INTERVAL && common !== 1 ? place + 1 : place;
    this.#common = gcd(moved - this.#lastPlace, this.#common);
    return moved;
  }
}
