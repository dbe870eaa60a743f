import { PeerConnection, type Track } from 'node-datachannel';
import { withTimeout } from '@trtc-recorder/runtime';
import { answered, negotiate, type Negotiated } from './ability.ts';
import type { VideoCodec } from './codecs.ts';
import type { Ability } from './messages.ts';
import { NetworkPath } from './network-path.ts';
import { isRtcp, readRtp, type RtpPacket } from './rtp.ts';

export interface MediaPeerOptions {
  onRtp(packet: RtpPacket): void;
  onRtcp(packet: Buffer): void;
  onState(state: string): void;
  /** Whether lost video is sent again on a stream of its own (RFC 4588) or as it was. */
  readonly rtx: boolean;
}

const GATHERING_MS = 1500;

/**
 * The media connection to one browser (libdatachannel). Neither side sends SDP: each builds its own description from
 * the two abilities. On this side one m-line is enough: libdatachannel hands every incoming RTP and RTCP packet,
 * whatever its SSRC, to that one track and sends whatever it is given, so the browser's many m-lines are told apart by
 * SSRC alone. None of libdatachannel's media handlers is used.
 */
export class MediaPeer {
  readonly path: NetworkPath;
  readonly #connection: PeerConnection;
  readonly #negotiated: Negotiated;
  readonly #options: MediaPeerOptions;
  readonly #counts = { rtpIn: 0, rtcpIn: 0, out: 0 };
  #track: Track | undefined;
  #state = 'new';
  #closed = false;

  private constructor(made: Gathered, path: NetworkPath, negotiated: Negotiated, options: MediaPeerOptions) {
    this.path = path;
    this.#connection = made.connection;
    this.#negotiated = negotiated;
    this.#options = options;
    made.hear({
      state: (state) => {
        if (this.#closed) return;
        this.#state = state;
        options.onState(state);
      },
      track: (track) => {
        this.#track = track;
        track.onClosed(() => undefined);
        track.onMessage((message) => this.#receive(message));
      },
    });
  }

  /** Answers a browser's ability; `undefined` when there is no codec in common. */
  static async answer(
    ability: Ability,
    options: MediaPeerOptions,
  ): Promise<{ peer: MediaPeer; ability: Record<string, unknown> } | undefined> {
    const negotiated = negotiate(ability);
    if (negotiated === undefined) return undefined;
    const made = await gather(ability, negotiated);
    const path = await NetworkPath.open(made.candidate.port);
    const peer = new MediaPeer(made, path, negotiated, options);
    return { peer, ability: describe(made, path.port, negotiated, options.rtx) };
  }

  #receive(message: Buffer): void {
    if (this.#closed) return;
    if (isRtcp(message)) {
      this.#counts.rtcpIn += 1;
      this.#options.onRtcp(message);
      return;
    }
    const packet = readRtp(message);
    if (packet === undefined) return;
    this.#counts.rtpIn += 1;
    this.#options.onRtp(packet);
  }

  get open(): boolean {
    return !this.#closed && this.#state === 'connected' && this.#track?.isOpen() === true;
  }

  send(packet: Buffer): boolean {
    if (!this.open) return false;
    this.#counts.out += 1;
    try {
      return this.#track?.sendMessageBinary(packet) === true;
    } catch {
      return false; // closed by the other side between the look and the send
    }
  }

  /** Which video codec a payload type of the uplink is. */
  videoCodec(payloadType: number): VideoCodec {
    return this.#negotiated.up.vp8?.payload === payloadType ? 'vp8' : 'h264';
  }

  payloadTypes(codec: 'opus' | VideoCodec): { media: number; rtx: number | undefined } | undefined {
    const chosen = codec === 'opus' ? this.#negotiated.audio : this.#negotiated.down[codec];
    if (chosen === undefined) return undefined;
    return { media: chosen.payload, rtx: this.#options.rtx && chosen.rtx !== 0 ? chosen.rtx : undefined };
  }

  view(): Record<string, unknown> {
    return { state: this.#state, ...this.#counts, network: this.path.stats };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#state = 'closed';
    // A track that is not closed itself, or whose closing nobody listens for, keeps the process alive.
    this.#track?.close();
    this.#connection.close();
    this.path.close();
  }
}

interface Listener {
  state(state: string): void;
  track(track: Track): void;
}

interface Gathered {
  readonly connection: PeerConnection;
  readonly sdp: string;
  readonly candidate: { readonly port: number; readonly priority: number };
  /** Replays what happened before, then goes on. */
  hear(listener: Listener): void;
}

/** Makes the server's side and waits for its candidate. */
async function gather(ability: Ability, { audio }: Negotiated): Promise<Gathered> {
  const connection = new PeerConnection('server', {
    iceServers: [],
    bindAddress: '127.0.0.1',
    disableAutoNegotiation: true,
    forceMediaTransport: true,
  });
  let listener: Listener | undefined;
  let early: Track | undefined;
  connection.onStateChange((state) => listener?.state(state));
  connection.onTrack((track) => {
    early = track;
    listener?.track(track);
  });
  const complete = new Promise<void>((resolve) =>
    connection.onGatheringStateChange((state) => {
      if (state === 'complete') resolve();
    }),
  );
  connection.setRemoteDescription(offerOf(ability, audio.payload), 'offer');
  connection.setLocalDescription('answer');
  try {
    await withTimeout(complete, GATHERING_MS, () => new Error('no candidate on 127.0.0.1'));
  } catch (error) {
    connection.close();
    throw error;
  }
  const sdp = connection.localDescription()?.sdp ?? '';
  const [, priority = '0', port = '0'] = /a=candidate:\S+ 1 udp (\d+) 127\.0\.0\.1 (\d+) typ host/i.exec(sdp) ?? [];
  return {
    connection,
    sdp,
    candidate: { port: Number(port), priority: Number(priority) },
    hear: (its) => {
      listener = its;
      if (early !== undefined) its.track(early);
    },
  };
}

const offerOf = ({ ice, dtls }: Ability, opus: number): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${opus}`,
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:${dtls.hash} ${dtls.fingerprint}`,
    'a=setup:actpass',
    `a=rtpmap:${opus} opus/48000/2`,
    '',
  ].join('\r\n');

/** The server's ability. The SDK reads a candidate's transport from `foundation`. */
function describe(made: Gathered, port: number, negotiated: Negotiated, rtx: boolean): Record<string, unknown> {
  const field = (pattern: RegExp) => pattern.exec(made.sdp)?.[1] ?? '';
  const [, hash = '', fingerprint = ''] = /a=fingerprint:(\S+) (\S+)/.exec(made.sdp) ?? [];
  const video = (codecs: Negotiated['up']) => Object.values(codecs).map((codec) => answered(codec, rtx));
  return {
    ice: { ufrag: field(/a=ice-ufrag:(\S+)/), password: field(/a=ice-pwd:(\S+)/) },
    dtls: { hash, fingerprint, setup: field(/a=setup:(\S+)/) },
    candidates: [{ ip: '127.0.0.1', port, priority: made.candidate.priority, foundation: 'udp', type: 'host' }],
    audio: { codecs: [answered(negotiated.audio, false)], extensions: [] },
    video: { codecs: video(negotiated.up), decoders: video(negotiated.down), extensions: [] },
    useVp8: false,
    useH265: false,
  };
}
