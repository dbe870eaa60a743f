import type { Decode } from '../src/page-protocol.ts';
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
  /** A receiver delivers for nobody any more (its track is muted by negotiation); it will be reused. */
  onReleased(tap: Tap): void;
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
  /** For receivers tapped from now on. */
  decode: Decode = 'all';

  constructor(worker: Worker, listener: RegistryListener) {
    this.#worker = worker;
    this.#listener = listener;
  }

  get taps(): readonly Tap[] {
    return this.#taps;
  }

  /** The tap of the receiver that delivers this track object. */
  byTrack(track: MediaStreamTrack | null): Tap | undefined {
    return track === null ? undefined : this.#taps.findLast(({ receiver }) => receiver.track === track);
  }

  install(scope: { RTCPeerConnection: typeof RTCPeerConnection }): void {
    const attach = (receiver: RTCRtpReceiver, connection: RTCPeerConnection): void =>
      this.#attach(receiver, connection);
    const listener = this.#listener;
    const Native = scope.RTCPeerConnection;
    scope.RTCPeerConnection = class TappedPeerConnection extends Native {
      readonly #late: boolean;

      constructor(config?: RTCConfiguration) {
        super(config);
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
    };
  }

  #attach(receiver: RTCRtpReceiver, connection: RTCPeerConnection): void {
    if (this.#tapped.has(receiver) || receiver.transform) return;
    this.#tapped.add(receiver);
    const kind = receiver.track.kind === 'audio' ? 'audio' : 'video';
    const tap = { tap: this.#taps.length, kind, receiver, connection } as const;
    this.#taps.push(tap);
    receiver.track.addEventListener('mute', () => this.#listener.onReleased(tap));
    const options: TapOptions = { tap: tap.tap, kind, decode: this.decode };
    receiver.transform = new RTCRtpScriptTransform(this.#worker, options);
  }
}
