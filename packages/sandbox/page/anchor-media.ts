import type { TRTC } from 'trtc-sdk-v5';
import { clipOfTruth, type ClipOfTruth } from './clip-of-truth.ts';
import type { PageQuery } from './query.ts';

/** What of an anchor can be on or off. */
export const SWITCHES = ['audio', 'video', 'screen', 'muteAudio', 'muteVideo'] as const;
export type Switch = (typeof SWITCHES)[number];

/** Publishes camera, microphone and screen, or the clip of truth in their place. */
export class AnchorMedia {
  readonly #trtc: TRTC;
  readonly #query: PageQuery;
  readonly #view: HTMLElement;
  #clip: ClipOfTruth | undefined;

  constructor(trtc: TRTC, query: PageQuery, view: HTMLElement) {
    this.#trtc = trtc;
    this.#query = query;
    this.#view = view;
  }

  /** The clip of truth, made when it is first needed: a page that was not clicked may not make sounds. */
  get clip(): ClipOfTruth {
    const { width, height, fps, freq, user } = this.#query;
    this.#clip ??= clipOfTruth({ width, height, fps, freq, label: user });
    return this.#clip;
  }

  /** A copy of a track of the clip: the SDK ends the tracks that it is done with. */
  #track(name: 'audio' | 'video' | 'screen'): MediaStreamTrack | undefined {
    return this.#query.media === 'clip' ? this.clip[name].clone() : undefined;
  }

  async set(what: Switch, on: boolean): Promise<void> {
    const trtc = this.#trtc;
    switch (what) {
      case 'audio':
        return on ? this.#startAudio() : trtc.stopLocalAudio();
      case 'video':
        return on ? this.#startVideo() : trtc.stopLocalVideo();
      case 'screen':
        return on ? this.#startScreen() : trtc.stopScreenShare();
      case 'muteAudio':
        return trtc.updateLocalAudio({ mute: on });
      case 'muteVideo':
        return trtc.updateLocalVideo({ mute: on });
    }
  }

  async #startVideo(): Promise<void> {
    const { width, height, fps, kbps } = this.#query;
    const profile = { width, height, frameRate: fps, bitrate: kbps };
    const videoTrack = this.#track('video');
    const option = { profile, ...(videoTrack && { videoTrack, mirror: false }) };
    await this.#trtc.startLocalVideo({ view: this.#view, option });
  }

  async #startAudio(): Promise<void> {
    const audioTrack = this.#track('audio');
    await this.#trtc.startLocalAudio({ option: audioTrack ? { audioTrack } : {} });
  }

  async #startScreen(): Promise<void> {
    const videoTrack = this.#track('screen');
    await this.#trtc.startScreenShare({ option: videoTrack ? { videoTrack } : {} });
  }

  /** Lets go of camera, microphone and screen, whichever there are. */
  async stop(): Promise<void> {
    await Promise.allSettled((['video', 'audio', 'screen'] as const).map((what) => this.set(what, false)));
  }
}
