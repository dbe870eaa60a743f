import type { Publish } from './messages.ts';
import type { Published, StreamName } from './published.ts';
import type { ReportBlock, RtcpMessage } from './rtcp.ts';
import { receiverReport } from './rtcp.ts';
import type { RtpPacket } from './rtp.ts';
import { SERVER_SSRC, UplinkSource, type UplinkPeer } from './uplink-source.ts';

/** What arrives from one browser, sorted by the SSRCs that it announced. */
export class Uplink {
  readonly #published: Published;
  readonly #bySsrc = new Map<number, UplinkSource>();
  readonly #byRtxSsrc = new Map<number, UplinkSource>();

  constructor(published: Published) {
    this.#published = published;
  }

  /**
   * Takes the SSRCs of a `publish/v2`. They stay the same for every publish of one connection (they are those of the
   * browser's own offer) and are new after a rebuild.
   */
  announce(ssrcs: Publish, peer: UplinkPeer): void {
    this.#take('audio', ssrcs.audioSsrc, 0, peer);
    this.#take('main', ssrcs.bigVideoSsrc, ssrcs.bigVideoRtxSsrc, peer);
    this.#take('small', ssrcs.smallVideoSsrc, ssrcs.smallVideoRtxSsrc, peer);
    this.#take('sub', ssrcs.auxVideoSsrc, ssrcs.auxVideoRtxSsrc, peer);
  }

  #take(name: StreamName, ssrc: number, rtxSsrc: number, peer: UplinkPeer): void {
    const known = this.#published.streams[name];
    if (ssrc === 0 || (known instanceof UplinkSource && known.ssrc === ssrc && known.peer === peer)) return;
    if (known instanceof UplinkSource) this.#bySsrc.delete(known.ssrc);
    const source = new UplinkSource(name === 'audio' ? 'audio' : 'video', ssrc, peer);
    this.#published.streams[name] = source;
    this.#bySsrc.set(ssrc, source);
    if (rtxSsrc !== 0) this.#byRtxSsrc.set(rtxSsrc, source);
  }

  rtp(packet: RtpPacket): void {
    const source = this.#bySsrc.get(packet.ssrc);
    if (source !== undefined) source.receive(packet);
    else this.#byRtxSsrc.get(packet.ssrc)?.receiveRtx(packet);
  }

  report(message: RtcpMessage & { type: 'sender-report' }): void {
    this.#bySsrc.get(message.ssrc)?.receiveReport(message.clock);
  }

  /** The receiver report on everything that arrives; `undefined` when nothing does. */
  receiverReport(bitrate: number): Buffer | undefined {
    const blocks: ReportBlock[] = [];
    for (const source of this.#bySsrc.values()) {
      const block = source.reportBlock();
      if (block !== undefined) blocks.push(block);
    }
    return blocks.length === 0 ? undefined : receiverReport(SERVER_SSRC, blocks, bitrate);
  }

  close(): void {
    for (const source of this.#bySsrc.values()) source.close();
    this.#bySsrc.clear();
    this.#byRtxSsrc.clear();
  }
}
