import type { KeptFrame, Tapped, TapRequest } from './tap-messages.ts';

/**
 * Loaded before the SDK by the audience page: counts the encoded frames of every receiver that the SDK creates. The
 * transform has to be set in the same task as `addTransceiver`; later, the browser passes frames by for ever.
 */
interface Tap {
  /** What was counted so far. */
  read(): Promise<Tapped[]>;
  /** Keeps all frames from now on (or no longer). */
  keep(on: boolean): void;
  /** The frames that were kept since the last call. */
  frames(): Promise<KeptFrame[]>;
}
declare global {
  interface Window {
    tap: Tap;
  }
}
declare const RTCRtpScriptTransform: new (worker: Worker, options: unknown) => object;

const worker = new Worker('/tap-worker.js');
let receivers = 0;

const addTransceiver = new Proxy(Reflect.get(RTCPeerConnection.prototype, 'addTransceiver'), {
  apply(add, connection, [kind, init]: [string, RTCRtpTransceiverInit?]): RTCRtpTransceiver {
    const transceiver: RTCRtpTransceiver = Reflect.apply(add, connection, [kind, init]);
    if (init?.direction?.includes('recv') !== true) return transceiver;
    const options = { receiver: receivers++, kind: transceiver.receiver.track.kind };
    Object.assign(transceiver.receiver, { transform: new RTCRtpScriptTransform(worker, options) });
    return transceiver;
  },
});
Object.assign(RTCPeerConnection.prototype, { addTransceiver });

const ask = <T>(request: TapRequest): Promise<T> =>
  new Promise((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<T>) => resolve(data), { once: true });
    worker.postMessage(request);
  });

window.tap = {
  read: () => ask<Tapped[]>('counts'),
  keep: (on) => worker.postMessage({ keep: on }),
  frames: () => ask<KeptFrame[]>('frames'),
};
