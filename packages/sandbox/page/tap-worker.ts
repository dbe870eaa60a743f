/** What the tap counts of one stream (one SSRC at one receiver). */
export interface Tapped {
  readonly receiver: number;
  readonly kind: string;
  readonly ssrc: number;
  readonly mimeType: string;
  frames: number;
  keyFrames: number;
  bytes: number;
  /** Sizes of the key frames, in the order they came. */
  readonly sizes: string[];
  /** The frames' RTP times, ms of receipt (null when the browser doesn't say), and sizes in bytes; the last 3000. */
  readonly history: [rtpTime: number, receivedAt: number | null, bytes: number][];
  /** The first bytes of the first frame, in hexadecimal: tells codecs apart. */
  readonly head: string;
}

/**
 * The source of a worker that counts encoded frames and passes them on untouched. A function that is turned into text:
 * it may use nothing from outside itself.
 */
export function tapWorker(): void {
  interface Frame {
    readonly data: ArrayBuffer;
    readonly type?: string;
    getMetadata(): {
      synchronizationSource: number;
      mimeType: string;
      rtpTimestamp: number;
      receiveTime?: number;
      width?: number;
      height?: number;
    };
  }
  const streams = new Map<string, Tapped>();
  const count = (receiver: number, kind: string, frame: Frame) => {
    const { synchronizationSource: ssrc, mimeType, rtpTimestamp, receiveTime, width, height } = frame.getMetadata();
    const key = `${String(receiver)}/${String(ssrc)}`;
    const head = Array.from(new Uint8Array(frame.data.slice(0, 8)), (byte) => byte.toString(16).padStart(2, '0'));
    const fresh = { receiver, kind, ssrc, mimeType, frames: 0, keyFrames: 0, bytes: 0, sizes: [], history: [] };
    const stream: Tapped = streams.get(key) ?? { ...fresh, head: head.join('') };
    streams.set(key, stream);
    stream.frames += 1;
    stream.bytes += frame.data.byteLength;
    stream.history.push([rtpTimestamp, receiveTime ?? null, frame.data.byteLength]);
    if (stream.history.length > 3000) stream.history.shift();
    if (frame.type !== 'key') return;
    stream.keyFrames += 1;
    const size = `${String(width)}x${String(height)}`;
    if (stream.sizes.at(-1) !== size) stream.sizes.push(size);
  };
  addEventListener('rtctransform', (event) => {
    const { transformer } = event as Event & {
      transformer: {
        options: { receiver: number; kind: string };
        readable: ReadableStream<Frame>;
        writable: WritableStream<Frame>;
      };
    };
    const { receiver, kind } = transformer.options;
    const counter = new TransformStream<Frame, Frame>({
      transform(frame, controller) {
        count(receiver, kind, frame);
        controller.enqueue(frame);
      },
    });
    void transformer.readable.pipeThrough(counter).pipeTo(transformer.writable);
  });
  addEventListener('message', () => postMessage([...streams.values()]));
}
