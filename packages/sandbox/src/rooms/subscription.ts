import { Slot, type DownlinkPeer } from './slot.ts';
import type { Published } from './published.ts';
import type { Subscribe, Wanted } from './messages.ts';

/** What one member gets from one publisher. */
export class Subscription {
  readonly publisherId: string;
  readonly slots: { readonly audio: Slot; readonly main: Slot; readonly sub: Slot };
  readonly #published: Published;
  #wanted: Wanted;

  constructor(
    peer: DownlinkPeer,
    published: Published,
    publisher: { userId: string; tinyId: string },
    request: Subscribe,
  ) {
    this.publisherId = publisher.userId;
    this.#published = published;
    this.#wanted = request;
    const { ssrc } = request;
    const cname = `${publisher.tinyId}-${ssrc.audioSsrc}`;
    this.slots = {
      audio: new Slot({ peer, kind: 'audio', ssrc: ssrc.audioSsrc, rtxSsrc: 0, cname }),
      main: new Slot({ peer, kind: 'video', ssrc: ssrc.bigVideoSsrc, rtxSsrc: ssrc.bigVideoRtxSsrc, cname }),
      sub: new Slot({ peer, kind: 'video', ssrc: ssrc.auxVideoSsrc, rtxSsrc: ssrc.auxVideoRtxSsrc, cname }),
    };
    this.update();
  }

  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.update();
  }

  /** Brings the slots in line with what is wanted, published and muted now. Small and big share the main slot. */
  update(): void {
    const { streams, state, muted } = this.#published;
    const { audio, main, sub } = this.slots;
    const wanted = this.#wanted;
    const small = wanted.smallVideo && state.small ? streams.small : undefined;
    audio.feed(state.audio ? streams.audio : undefined);
    audio.enable(wanted.audio && !muted.audio);
    main.feed(small ?? (state.main ? streams.main : undefined));
    main.enable((wanted.bigVideo || wanted.smallVideo) && !muted.video);
    sub.feed(state.sub ? streams.sub : undefined);
    sub.enable(wanted.auxVideo && !muted.sub);
  }

  slotOf(ssrc: number): Slot | undefined {
    return Object.values(this.slots).find((slot) => slot.ssrc === ssrc);
  }

  view(): Record<string, unknown> {
    const { audio, main, sub } = this.slots;
    return { userId: this.publisherId, audio: audio.view(), main: main.view(), sub: sub.view() };
  }

  close(): void {
    for (const slot of Object.values(this.slots)) slot.close();
  }
}
