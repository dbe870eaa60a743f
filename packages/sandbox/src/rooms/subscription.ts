import type { Deliveries } from './deliveries.ts';
import type { ParameterSetsRule } from './parameter-sets.ts';
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
    deliveries: Deliveries,
    parameterSets: ParameterSetsRule | undefined,
  ) {
    this.publisherId = publisher.userId;
    this.#published = published;
    this.#wanted = request;
    const { ssrc } = request;
    const cname = `${publisher.tinyId}-${ssrc.audioSsrc}`;
    const slot = (stream: 'audio' | 'main' | 'sub', own: number, rtxSsrc: number) => {
      const onSent = deliveries.open({ publisherId: publisher.userId, stream, ssrc: own });
      return new Slot({
        peer,
        kind: stream === 'audio' ? 'audio' : 'video',
        ssrc: own,
        rtxSsrc,
        cname,
        onSent,
        parameterSets,
      });
    };
    this.slots = {
      audio: slot('audio', ssrc.audioSsrc, 0),
      main: slot('main', ssrc.bigVideoSsrc, ssrc.bigVideoRtxSsrc),
      sub: slot('sub', ssrc.auxVideoSsrc, ssrc.auxVideoRtxSsrc),
    };
    this.update();
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** Whether a request repeats the one that began it: the SDK sends it again when the reply is late. */
  isFor({ ssrc }: Subscribe): boolean {
    const { audio, main, sub } = this.slots;
    return audio.ssrc === ssrc.audioSsrc && main.ssrc === ssrc.bigVideoSsrc && sub.ssrc === ssrc.auxVideoSsrc;
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
