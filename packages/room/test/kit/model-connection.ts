/** What a user can publish, in the order of a group's sections. */
export const PUBLISHED = ['audio', 'main', 'sub'] as const;
export type Published = (typeof PUBLISHED)[number];

export interface ModelReceiver {
  readonly track: { readonly kind: 'audio' | 'video' };
  transform?: unknown;
}

interface Section {
  readonly receiver: ModelReceiver;
  readonly mid: string;
  ssrcs: readonly number[];
  streamId: string;
  sends: boolean;
  /** Whether the last description had it so. */
  described: string;
}

type OnTrack = (receiver: ModelReceiver, index: number, streamId: string) => void;

/** A browser's connection, as far as the page's logic looks at it; the base of what `TapRegistry` installs. */
export class ModelConnection extends EventTarget {
  connectionState = 'connected';
  signalingState = 'stable';
  readonly #sections: Section[] = [];
  #onTrack: OnTrack = () => undefined;

  get groups(): ModelReceiver[][] {
    const receivers = this.#sections.map(({ receiver }) => receiver);
    return Array.from({ length: receivers.length / 3 }, (_, group) => receivers.slice(3 * group, 3 * group + 3));
  }

  addTransceiver(kind: string): { receiver: ModelReceiver; mid: string } {
    const receiver: ModelReceiver = { track: { kind: kind === 'audio' ? 'audio' : 'video' } };
    const mid = String(this.#sections.length);
    this.#sections.push({ receiver, mid, ssrcs: [], streamId: '', sends: false, described: '' });
    return { receiver, mid };
  }

  getTransceivers(): { receiver: ModelReceiver; mid: string }[] {
    return this.#sections.map(({ receiver, mid }) => ({ receiver, mid }));
  }

  /** Three receivers that send nothing, or three new ones. */
  takeGroup(number: string, ssrcs: Record<Published, number>): number {
    const isFree = (group: number) => this.#sections.slice(3 * group, 3 * group + 3).every(({ sends }) => !sends);
    let group = this.groups.findIndex((_, index) => isFree(index));
    if (group < 0) {
      group = this.groups.length;
      for (const kind of ['audio', 'video', 'video']) this.addTransceiver(kind);
    }
    PUBLISHED.forEach((what, index) => {
      const section = this.#sections[3 * group + index]!;
      const streamId = `${number}-${ssrcs.audio}-${what === 'sub' ? 'aux' : 'main'}`;
      Object.assign(section, { sends: true, ssrcs: [ssrcs[what]], streamId });
    });
    return group;
  }

  freeGroup(group: number): void {
    for (const section of this.#sections.slice(3 * group, 3 * group + 3))
      Object.assign(section, { sends: false, ssrcs: [] });
  }

  /** Negotiates the sections as they are now. */
  describe(onTrack: OnTrack): Promise<void> {
    this.#onTrack = onTrack;
    const sections = this.#sections.map(({ receiver, mid, ssrcs, streamId, sends }) => [
      `m=${receiver.track.kind} 9 UDP/TLS/RTP/SAVPF 96`,
      `a=mid:${mid}`,
      `a=${sends ? 'sendonly' : 'inactive'}`,
      ...ssrcs.flatMap((ssrc) => [`a=ssrc:${ssrc} cname:${streamId}`, `a=ssrc:${ssrc} msid:${streamId} track`]),
    ]);
    const sdp = ['v=0', ...sections.flat(), ''].join('\r\n');
    return (this as unknown as RTCPeerConnection).setRemoteDescription({ type: 'answer', sdp });
  }

  async setRemoteDescription(): Promise<void> {
    await Promise.resolve();
    this.#sections.forEach((section, index) => {
      const now = section.sends ? section.streamId : '';
      if (now !== '' && now !== section.described) this.#onTrack(section.receiver, index % 3, section.streamId);
      section.described = now;
    });
  }

  close(): void {
    this.signalingState = 'closed';
    this.connectionState = 'closed';
  }
}
