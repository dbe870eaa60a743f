/**
 * The transform worker of a capture page: copies every encoded frame out, passes it on untouched, and owns the socket
 * to Node. What the main thread has to say goes through here too, so that frames and events keep one order.
 */
import type { PageCommand, PageOrder } from '../src/page-protocol.ts';
import type { WireFrame } from '../src/wire.ts';
import { now } from './clock.ts';
import { toWireFrame, type EncodedFrame } from './encoded-frame.ts';
import { FrameCounts } from './frame-counts.ts';
import { Outbox } from './outbox.ts';
import { SecondLeg } from './second-leg.ts';
import type { FromWorker, TapOptions, ToWorker } from './worker-protocol.ts';

interface Transformer {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly options: TapOptions;
  /** Asks the sender for a key frame. Rejects when the receiver has none (any more). */
  sendKeyFrameRequest(): Promise<void>;
}
interface TapWorkerScope {
  onrtctransform: ((event: { readonly transformer: Transformer }) => void) | null;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}
const scope = self as unknown as TapWorkerScope;

const socket = new WebSocket(new URL('socket', self.location.href.replace(/^http/, 'ws')));
socket.binaryType = 'arraybuffer';
const outbox = new Outbox(socket);
const secondLeg = new SecondLeg();
const frameCounts = new FrameCounts();
const brokenTaps = new Set<number>();
const transformers = new Map<number, Transformer>();

/**
 * The main thread says twice a second that it lives. While it hangs nobody who comes in is subscribed to, and nothing is
 * told: the page is given up. Frames still come then, of those who are there, and while they do there is less to lose by
 * waiting. Ticks are counted, not time: while the whole process was suspended none came.
 */
const ALIVE_TICK_MS = 500;
const HANGING_TICKS = 5;
let quietTicks = 0;
let framesCame = false;
setInterval(() => {
  quietTicks += framesCame ? 0.5 : 1;
  framesCame = false;
  if (quietTicks > HANGING_TICKS) giveUp('its main thread hangs');
}, ALIVE_TICK_MS);

/** Node replaces a page whose socket closes. What was tapped before goes out first. */
function giveUp(why: string): void {
  outbox.flush();
  socket.close(4000, why);
}

/** Whether a new sender's run begins. Asks the main thread at once for its owner: its frames are held in Node until then. */
function count({ tap, ssrc }: WireFrame): boolean {
  const isNew = frameCounts.add(tap, ssrc);
  if (isNew) scope.postMessage({ run: { tap, ssrc } });
  return isNew;
}

function record(transformer: Transformer, frame: EncodedFrame): void {
  framesCame = true;
  const wire = toWireFrame(transformer.options.tap, frame);
  const isNew = count(wire);
  secondLeg.tapped(wire);
  outbox.frame(wire);
  // Nothing can be shown before the first key frame, and the decoder takes its time to ask for one.
  if (isNew && !wire.key) requestKeyFrame(wire.tap);
}

function requestKeyFrame(tap: number): void {
  transformers
    .get(tap)
    ?.sendKeyFrameRequest()
    .catch(() => undefined);
}

/** A frame that cannot be recorded is told once per receiver and still reaches the decoder. */
function tellBroken({ tap }: TapOptions, error: unknown): void {
  if (brokenTaps.has(tap)) return;
  brokenTaps.add(tap);
  const message = `a frame of receiver ${tap} could not be recorded: ${String(error)}`;
  outbox.message({ type: 'event', event: { type: 'note', at: now(), message } });
}

async function pass(transformer: Transformer): Promise<void> {
  const { readable, writable, options } = transformer;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const all = options.kind === 'audio' || options.decode === 'all';
  for (;;) {
    const { done, value: frame } = await reader.read();
    if (done) return;
    try {
      record(transformer, frame);
    } catch (error) {
      tellBroken(options, error);
    }
    // Not awaited: a slow decoder must not hold up the tap. A write fails only when the connection is closed.
    if (all || frame.type === 'key') writer.write(frame).catch(() => undefined);
  }
}

scope.onrtctransform = ({ transformer }) => {
  transformers.set(transformer.options.tap, transformer);
  pass(transformer).catch((error: unknown) => tellBroken(transformer.options, error));
};

scope.onmessage = ({ data }) => {
  quietTicks = 0;
  if ('send' in data) outbox.message(data.send);
  else if ('frame' in data) {
    if (secondLeg.needs(data.frame)) outbox.frame(data.frame);
  } else if ('giveUp' in data) giveUp(data.giveUp);
  else if ('count' in data) {
    scope.postMessage({ counted: data.count, taps: frameCounts.all, droppedFrames: outbox.droppedFrames });
  } else if ('requestKeyFrame' in data) requestKeyFrame(data.requestKeyFrame);
};

socket.onopen = () => outbox.flush();
socket.onmessage = ({ data }: MessageEvent<string>) => {
  const command = JSON.parse(data) as PageCommand | PageOrder;
  if (command.name === 'flush') outbox.message({ type: 'reply', id: command.id });
  else if (command.name === 'key-frame') requestKeyFrame(command.tap);
  else scope.postMessage({ command });
};
socket.onclose = () => scope.postMessage({ socketLost: true });
outbox.start();
