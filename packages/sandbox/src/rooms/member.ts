import { Deliveries } from './deliveries.ts';
import type { MediaPeer } from './media-peer.ts';
import type { Publish, Subscribe } from './messages.ts';
import type { ParameterSetsRule } from './parameter-sets.ts';
import { ROLE, type Role } from './protocol.ts';
import { Published } from './published.ts';
import { readRtcp } from './rtcp.ts';
import { readRtp, type RtpPacket } from './rtp.ts';
import { Subscription } from './subscription.ts';
import { Uplink } from './uplink.ts';

/** The signalling connection of a member. */
export interface SignalSocket {
  send(message: Record<string, unknown>): void;
  /** Breaks the connection without a word. */
  terminate(): void;
}

export interface MemberOptions {
  readonly userId: string;
  readonly tinyId: string;
  readonly role: Role;
  readonly deliveries?: Deliveries;
}

/** A user in a room: a browser with the SDK, or an anchor without one (no socket, no peer). */
export class Member {
  readonly userId: string;
  readonly tinyId: string;
  readonly published = new Published();
  /** What is sent to it; kept when it leaves. */
  readonly #deliveries: Deliveries;
  /** By the publisher's tinyId. */
  readonly subscriptions = new Map<string, Subscription>();
  role: Role;
  /** For what it subscribes to from now on. */
  parameterSets: ParameterSetsRule | undefined;
  socket: SignalSocket | undefined;
  /** Set while the socket is lost: the member leaves when it fires. */
  graceTimer: NodeJS.Timeout | undefined;
  /** What an anchor without a browser must end when it leaves. */
  onGone: (() => void) | undefined;
  #peer: MediaPeer | undefined;
  readonly #uplink = new Uplink(this.published);

  constructor({ userId, tinyId, role, deliveries = new Deliveries() }: MemberOptions) {
    this.#deliveries = deliveries;
    this.userId = userId;
    this.tinyId = tinyId;
    this.role = role;
  }

  get isAnchor(): boolean {
    return this.role === ROLE.anchor;
  }

  get peer(): MediaPeer | undefined {
    return this.#peer;
  }

  push(cmd: number, data: Record<string, unknown>): void {
    this.socket?.send({ cmd, code: 0, message: '', data });
  }

  /** Takes a media connection, instead of the one there was. */
  connect(peer: MediaPeer): void {
    this.disconnect();
    this.#peer = peer;
  }

  announce(ssrcs: Publish): void {
    if (this.#peer !== undefined) this.#uplink.announce(ssrcs, this.#peer);
  }

  receiveRtp(packet: RtpPacket): void {
    this.#uplink.rtp(packet);
  }

  /** The impaired network lost what was sent to the member. */
  lost(packet: Buffer): void {
    const header = readRtp(packet);
    if (header !== undefined) this.#deliveries.lost(header);
  }

  receiveRtcp(bytes: Buffer): void {
    for (const message of readRtcp(bytes)) {
      if (message.type === 'sender-report') this.#uplink.report(message);
      else if (message.type === 'nack') this.#slotOf(message.media)?.resend(message.sequences);
      else this.#slotOf(message.media)?.requestKeyFrame();
    }
  }

  #slotOf(ssrc: number) {
    for (const subscription of this.subscriptions.values()) {
      const slot = subscription.slotOf(ssrc);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  /** Tells the browser's congestion control how well its streams arrive. Once a second. */
  report(bitrate: number): void {
    if (this.#peer?.open !== true) return;
    const report = this.#uplink.receiverReport(bitrate);
    if (report !== undefined) this.#peer.send(report);
  }

  /** False without a media connection. */
  subscribe(publisher: Member, request: Subscribe): boolean {
    if (this.#peer === undefined) return false;
    const known = this.subscriptions.get(publisher.tinyId);
    if (known?.isFor(request) === true) {
      known.want(request);
      return true;
    }
    this.unsubscribe(publisher.tinyId);
    const { published, tinyId } = publisher;
    this.subscriptions.set(
      tinyId,
      new Subscription(this.#peer, published, publisher, request, this.#deliveries, this.parameterSets),
    );
    return true;
  }

  unsubscribe(tinyId: string): void {
    this.subscriptions.get(tinyId)?.close();
    this.subscriptions.delete(tinyId);
  }

  /** Ends the media connection; subscriptions and publications have to be made anew, as the SDK does. */
  disconnect(): void {
    for (const subscription of this.subscriptions.values()) subscription.close();
    this.subscriptions.clear();
    this.#uplink.close();
    this.#peer?.close();
    this.#peer = undefined;
  }

  /** Ends everything the member holds. */
  gone(): void {
    clearTimeout(this.graceTimer);
    this.disconnect();
    this.onGone?.();
    this.onGone = undefined;
  }
}
