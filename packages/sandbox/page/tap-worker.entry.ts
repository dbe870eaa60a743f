import type { KeptFrame, Tapped, TapRequest } from './tap-messages.ts';

/** The worker of tap.js: counts encoded frames, keeps them when asked, and passes them on untouched. */

/** RTCEncodedVideoFrame or RTCEncodedAudioFrame, as far as it is looked at. */
interface Frame {
  readonly data: ArrayBuffer;
  /** Video only. */
  readonly type?: string;
  getMetadata(): {
    readonly synchronizationSource: number;
    readonly mimeType: string;
    readonly rtpTimestamp: number;
    readonly receiveTime?: number;
    /** Key frames only. */
    readonly width?: number;
    readonly height?: number;
  };
}

interface TransformEvent extends Event {
  readonly transformer: {
    readonly options: { readonly receiver: number; readonly kind: string };
    readonly readable: ReadableStream<Frame>;
    readonly writable: WritableStream<Frame>;
  };
}

const LONGEST_HISTORY = 3000;
const streams = new Map<string, Tapped>();
let kept: KeptFrame[] = [];
let keeping = false;

function streamOf(receiver: number, kind: string, ssrc: number, mimeType: string): Tapped {
  const key = `${String(receiver)}/${String(ssrc)}`;
  const known = streams.get(key);
  if (known !== undefined) return known;
  const stream = { receiver, kind, ssrc, mimeType, frames: 0, keyFrames: 0, bytes: 0, sizes: [], rtpTimes: [] };
  streams.set(key, stream);
  return stream;
}

function count(receiver: number, kind: string, frame: Frame): void {
  const { synchronizationSource: ssrc, mimeType, rtpTimestamp: rtpTime, receiveTime, ...size } = frame.getMetadata();
  const stream = streamOf(receiver, kind, ssrc, mimeType);
  const key = frame.type === 'key';
  stream.frames += 1;
  stream.bytes += frame.data.byteLength;
  stream.rtpTimes.push(rtpTime);
  if (stream.rtpTimes.length > LONGEST_HISTORY) stream.rtpTimes.shift();
  if (keeping) kept.push({ ssrc, mimeType, key, rtpTime, receivedAt: receiveTime ?? null, data: frame.data.slice(0) });
  if (!key) return;
  stream.keyFrames += 1;
  const text = `${String(size.width)}x${String(size.height)}`;
  if (stream.sizes.at(-1) !== text) stream.sizes.push(text);
}

addEventListener('rtctransform', (event) => {
  const { options, readable, writable } = (event as TransformEvent).transformer;
  const counter = new TransformStream<Frame, Frame>({
    transform(frame, controller) {
      count(options.receiver, options.kind, frame);
      controller.enqueue(frame);
    },
  });
  void readable.pipeThrough(counter).pipeTo(writable);
});

addEventListener('message', ({ data }: MessageEvent<TapRequest>) => {
  if (data === 'counts') postMessage([...streams.values()]);
  else if (data === 'frames') postMessage(kept.splice(0));
  else {
    keeping = data.keep;
    kept = [];
  }
});
