import type { Decode } from '../src/page-protocol.ts';
import { namedSections, NOTHING_NAMED, sameSection, type NamedSection } from './named-ssrcs.ts';
import type { TapOptions } from './worker-protocol.ts';

/** A receiver that has, for ever, one tap. */
export interface Tap {
  readonly tap: number;
  readonly kind: 'audio' | 'video';
  readonly receiver: RTCRtpReceiver;
  readonly connection: RTCPeerConnection;
}

const receives = (init: RTCRtpTransceiverInit | undefined): boolean =>
  init?.direction === undefined || /recv/.test(init.direction);

/** Chromium's switch for the older API of encoded streams; not in lib.dom. */
const wantsEncodedStreams = (config: RTCConfiguration | undefined): boolean =>
  (config as { encodedInsertableStreams?: boolean } | undefined)?.encodedInsertableStreams === true;

/** What happens to connections and receivers and the SDK has no public event for. */
export interface RegistryListener {
  /** The media path of a connection changed its state. */
  onPath(state: RTCPeerConnectionState, previous: RTCPeerConnectionState): void;
  /** A description is about to give the receiver other SSRCs than it has, or none; it may be the next user's then. */
  onRelease(tap: Tap): void;
  /** What the receiver delivers from now on. */
  onBound(tap: Tap, section: NamedSection): void;
  /** The above could not be found out, or failed; the media go on. */
  onFault(error: unknown): void;
}

/**
 * Taps every receiver of every connection that the page makes from now on. It has to run before the SDK is loaded.
 *
 * The transform is attached in the same task as `addTransceiver`: Chromium short-circuits a receiver that has none by
 * then, and a transform attached on `track` gets no frame and no error. With `encodedInsertableStreams: true` it is the
 * other way round: attached at `addTransceiver` it blocks all media, so there it is attached on `track`.
 */
export class TapRegistry {
  readonly #worker: Worker;
  readonly #listener: RegistryListener;
  readonly #taps: Tap[] = [];
  readonly #tapped = new WeakSet<RTCRtpReceiver>();
  readonly #bound = new WeakMap<Tap, NamedSection>();
  readonly #connections = new Set<RTCPeerConnection>();
  /** For receivers tapped from now on. */
  decode: Decode = 'all';

  constructor(worker: Worker, listener: RegistryListener) {
    this.#worker = worker;
    this.#listener = listener;
  }

  get taps(): readonly Tap[] {
    return this.#taps;
  }

  /** Whether a connection is up. The SDK makes others as well, to find out what the browser can do. */
  get isConnected(): boolean {
    return [...this.#connections].some(({ connectionState }) => connectionState === 'connected');
  }

  install(scope: { RTCPeerConnection: typeof RTCPeerConnection }): void {
    const attach = (receiver: RTCRtpReceiver, connection: RTCPeerConnection): void =>
      this.#attach(receiver, connection);
    const describe = (connection: RTCPeerConnection, sdp: string, apply: () => Promise<void>): Promise<void> =>
      this.#describe(connection, sdp, apply);
    const made = (connection: RTCPeerConnection): void => this.#add(connection);
    const listener = this.#listener;
    const Native = scope.RTCPeerConnection;
    scope.RTCPeerConnection = class TappedPeerConnection extends Native {
      readonly #late: boolean;

      constructor(config?: RTCConfiguration) {
        super(config);
        made(this);
        this.#late = wantsEncodedStreams(config);
        let previous = this.connectionState;
        this.addEventListener('connectionstatechange', () => {
          listener.onPath(this.connectionState, previous);
          previous = this.connectionState;
        });
        this.addEventListener('track', ({ receiver }) => attach(receiver, this));
      }

      override addTransceiver(trackOrKind: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver {
        const transceiver = super.addTransceiver(trackOrKind, init);
        if (!this.#late && receives(init)) attach(transceiver.receiver, this);
        return transceiver;
      }

      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        return describe(this, description.sdp ?? '', () => super.setRemoteDescription(description));
      }
    };
  }

  #add(connection: RTCPeerConnection): void {
    for (const other of this.#connections) if (other.signalingState === 'closed') this.#connections.delete(other);
    this.#connections.add(connection);
  }

  #attach(receiver: RTCRtpReceiver, connection: RTCPeerConnection): void {
    if (this.#tapped.has(receiver) || receiver.transform) return;
    this.#tapped.add(receiver);
    const kind = receiver.track.kind === 'audio' ? 'audio' : 'video';
    const tap = { tap: this.#taps.length, kind, receiver, connection } as const;
    this.#taps.push(tap);
    const options: TapOptions = { tap: tap.tap, kind, decode: this.decode };
    receiver.transform = new RTCRtpScriptTransform(this.#worker, options);
  }

  /**
   * Applies a remote description. Receivers are let go before: within it the SDK gets its `track` events, and from the
   * first of them on it may hold a receiver's track for the next user.
   */
  async #describe(connection: RTCPeerConnection, sdp: string, apply: () => Promise<void>): Promise<void> {
    const named = this.#guard(() => namedSections(sdp)) ?? new Map<string, NamedSection>();
    const changing = this.#changes(connection, named);
    for (const { tap } of changing) this.#guard(() => this.#listener.onRelease(tap));
    try {
      await apply();
    } catch (error) {
      // Nothing of it counts: the receivers are as they were.
      for (const { tap } of changing) this.#guard(() => this.#listener.onBound(tap, this.#sectionOf(tap)));
      throw error;
    }
    // Looked up again: where receivers are tapped on `track`, they are only now.
    for (const { tap, section } of this.#changes(connection, named)) {
      this.#bound.set(tap, section);
      this.#guard(() => this.#listener.onBound(tap, section));
    }
  }

  #sectionOf(tap: Tap): NamedSection {
    return this.#bound.get(tap) ?? NOTHING_NAMED;
  }

  /** The receivers to which a description gives other SSRCs than they have. */
  #changes(connection: RTCPeerConnection, named: ReadonlyMap<string, NamedSection>) {
    return connection.getTransceivers().flatMap(({ mid, receiver }) => {
      const tap = this.#taps.find((each) => each.receiver === receiver);
      const section = mid === null ? undefined : named.get(mid);
      const isSame = tap === undefined || section === undefined || sameSection(section, this.#sectionOf(tap));
      return isSame ? [] : [{ tap, section }];
    });
  }

  /** Nothing that is only looked at may keep a description from being applied. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#listener.onFault(error);
      return undefined;
    }
  }
}
