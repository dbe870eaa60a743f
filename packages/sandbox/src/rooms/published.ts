import { FLAG } from './protocol.ts';
import type { Source } from './source.ts';

/** What one user can publish: `main` camera, `small` its small picture, `sub` screen. */
export const STREAM_NAMES = ['audio', 'main', 'small', 'sub'] as const;
export type StreamName = (typeof STREAM_NAMES)[number];

/** What a user publishes now: the streams, which of them are on, which are muted (on, but silent). */
export class Published {
  streams: Partial<Record<StreamName, Source>> = {};
  state: Record<StreamName, boolean> = { audio: false, main: false, small: false, sub: false };
  muted = { audio: false, video: false, sub: false };

  /** The bits by which everybody is told (`FLAG`). */
  get flag(): number {
    const { state, muted } = this;
    const bits: [boolean, number][] = [
      [state.main, FLAG.main],
      [state.small, FLAG.small],
      [state.sub, FLAG.sub],
      [state.audio, FLAG.audio],
      [state.main && muted.video, FLAG.videoMuted],
      [state.audio && muted.audio, FLAG.audioMuted],
    ];
    return bits.reduce((flag, [on, bit]) => (on ? flag | bit : flag), 0);
  }

  nothing(): void {
    this.state = { audio: false, main: false, small: false, sub: false };
  }

  view(): Record<string, unknown> {
    const streams = Object.fromEntries(Object.entries(this.streams).map(([name, source]) => [name, source.view()]));
    return { state: this.state, muted: this.muted, streams };
  }
}
