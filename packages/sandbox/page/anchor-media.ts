import type { TRTC } from 'trtc-sdk-v5';
import { clipOfTruth, type ClipOfTruth } from './clip-of-truth.ts';
import type { PageQuery } from './query.ts';

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

  get #profile() {
    const { width, height, fps, kbps } = this.#query;
    return { width, height, frameRate: fps, bitrate: kbps };
  }

  async startVideo(): Promise<void> {
    const track = this.#query.media === 'clip' ? { videoTrack: this.clip.video.clone() } : {};
    await this.#trtc.startLocalVideo({ view: this.#view, option: { profile: this.#profile, ...track } });
  }

  async startAudio(): Promise<void> {
    const option = this.#query.media === 'clip' ? { audioTrack: this.clip.audio.clone() } : {};
    await this.#trtc.startLocalAudio({ option });
  }

  async startScreen(): Promise<void> {
    const option = this.#query.media === 'clip' ? { videoTrack: this.clip.screen.clone() } : {};
    await this.#trtc.startScreenShare({ option });
  }

  stopVideo(): Promise<void> {
    return this.#trtc.stopLocalVideo();
  }

  stopAudio(): Promise<void> {
    return this.#trtc.stopLocalAudio();
  }

  stopScreen(): Promise<void> {
    return this.#trtc.stopScreenShare();
  }

  async muteAudio(mute: boolean): Promise<void> {
    await this.#trtc.updateLocalAudio({ mute });
  }

  async muteVideo(mute: boolean): Promise<void> {
    await this.#trtc.updateLocalVideo({ mute });
  }
}
