/** One frame seen to arrive: its unwrapped RTP timestamp in ticks, and when (ms since the epoch). */
export interface Observation {
  readonly rtp: number;
  readonly receivedAt: number;
}

/** An observation as a point: media time in ms at the nominal clock rate, and how much later than it the frame came. */
export interface Point {
  readonly rtp: number;
  readonly mediaMs: number;
  /** receivedAt minus mediaMs: a constant plus the network's delay plus the clocks' drift. */
  readonly offsetMs: number;
}

export const toPoints = (observations: readonly Observation[], clockRate: number): Point[] =>
  observations
    .map(({ rtp, receivedAt }) => {
      const mediaMs = (rtp * 1000) / clockRate;
      return { rtp, mediaMs, offsetMs: receivedAt - mediaMs };
    })
    .sort((a, b) => a.rtp - b.rtp);
