import { RoomEventSchema, shiftEvent, type RoomEvent } from '@trtc-recorder/contracts';
import { AppError, withTimeout } from '@trtc-recorder/runtime';
import type { WebSocket } from 'ws';
import type { PageMessage, PageOrder, PageRequest, SdkFailure } from './page-protocol.ts';
import { readBatch, type WireFrame } from './wire.ts';

/** The page sends a batch every 250 ms, also an empty one. */
const TICK_MS = 500;
/** That many ticks without a batch: the page is dead. */
const SILENT_TICKS = 5;

/**
 * A page reads the system's clock when it opens, and then counts by itself. What is less may be the way of the batch,
 * which is longer on a busy machine, but never as long as a page may be silent.
 */
const CLOCK_STEP_MS = 2 * SILENT_TICKS * TICK_MS;

/** How far the system's clock was set since the page was opened, which may have waited for hours; 0 when it wasn't. */
const stepBehind = (sentAt: number): number => {
  const behindMs = Date.now() - sentAt;
  return Math.abs(behindMs) < CLOCK_STEP_MS ? 0 : behindMs;
};

const onOurClock = (frame: WireFrame, behindMs: number): WireFrame =>
  behindMs === 0 ? frame : { ...frame, receivedAt: frame.receivedAt + behindMs };

/** The SDK refused a command. */
export class SdkError extends Error {
  readonly failure: SdkFailure;

  constructor(failure: SdkFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface ChannelListener {
  onFrame(frame: WireFrame): void;
  onEvent(event: RoomEvent): void;
  /** The page is gone or hangs; nothing more comes. Called at most once, and not after `close`. */
  onLost(why: string): void;
}

/** One page's socket: batches in, commands out, and the watch over its heartbeat. */
export class PageChannel {
  readonly #socket: WebSocket;
  readonly #listener: ChannelListener;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #heartbeat: NodeJS.Timeout;
  #lastId = 0;
  #silentTicks = 0;
  /** What the page's clock is behind ours, fixed with the first batch: its times must not jump. ms. */
  #behindMs: number | undefined;
  #closed = false;

  constructor(socket: WebSocket, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('close', (_code, reason: Buffer) => {
      this.#lose(`the capture page is gone${reason.length > 0 ? `: ${reason.toString()}` : ''}`);
    });
    socket.on('error', () => undefined);
    // Ticks are counted, not time: while this process itself was busy or suspended no tick came either.
    this.#heartbeat = setInterval(() => {
      this.#silentTicks += 1;
      if (this.#silentTicks > SILENT_TICKS) this.#lose(`the capture page was silent for ${SILENT_TICKS * TICK_MS} ms`);
    }, TICK_MS);
  }

  /**
   * The page's answer. Errors: SdkError when the SDK refused, BrowserCrashed when the page died or did not answer in
   * `timeoutMs`.
   */
  request(request: PageRequest, timeoutMs: number): Promise<unknown> {
    if (this.#closed) return Promise.reject(new AppError('BrowserCrashed', 'the capture page is gone'));
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ ...request, id }));
    return withTimeout(answer, timeoutMs, () => {
      this.#pending.delete(id);
      return new AppError('BrowserCrashed', `the capture page did not answer "${request.name}" in ${timeoutMs} ms`);
    });
  }

  /** Has no answer; a page that is gone does nothing. */
  order(order: PageOrder): void {
    if (!this.#closed) this.#socket.send(JSON.stringify(order));
  }

  /** Ends the channel from this side. */
  close(): void {
    this.#end(new AppError('BrowserCrashed', 'the capture page was closed'));
  }

  #receive(data: Buffer): void {
    if (this.#closed) return;
    this.#silentTicks = 0;
    try {
      const { sentAt, entries } = readBatch(data);
      this.#behindMs ??= stepBehind(sentAt);
      for (const entry of entries) {
        if ('frame' in entry) this.#listener.onFrame(onOurClock(entry.frame, this.#behindMs));
        else this.#dispatch(JSON.parse(entry.message) as PageMessage, this.#behindMs);
      }
    } catch (error) {
      this.#lose(`the capture page sent something unreadable: ${String(error)}`);
    }
  }

  #dispatch(message: PageMessage, behindMs: number): void {
    if (message.type === 'event') {
      this.#listener.onEvent(shiftEvent(RoomEventSchema.parse(message.event), behindMs));
      return;
    }
    const waiting = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === 'reply') waiting?.resolve(message.value);
    else waiting?.reject(new SdkError(message.failure));
  }

  #lose(why: string): void {
    if (this.#closed) return;
    this.#end(new AppError('BrowserCrashed', why));
    this.#listener.onLost(why);
  }

  #end(error: AppError): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#socket.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
