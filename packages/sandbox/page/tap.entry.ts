import { tapWorker, type Tapped } from './tap-worker.ts';

/**
 * Loaded before the SDK by the audience page: counts the encoded frames of every receiver that the SDK creates. The
 * transform has to be set in the same task as `addTransceiver`; later, the browser passes frames by for ever.
 */
interface Tap {
  /** What was counted so far. */
  read(): Promise<Tapped[]>;
}
declare global {
  interface Window {
    tap: Tap;
  }
}
declare const RTCRtpScriptTransform: new (worker: Worker, options: unknown) => object;

const source = `(${tapWorker.toString()})()`;
const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
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

window.tap = {
  read: () =>
    new Promise((resolve) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Tapped[]>) => resolve(data), { once: true });
      worker.postMessage('read');
    }),
};
