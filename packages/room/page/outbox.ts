import type { PageMessage } from '../src/page-protocol.ts';
import { BatchWriter, type WireFrame } from '../src/wire.ts';
import { now } from './clock.ts';

/** A batch leaves this often, also an empty one: it is the heartbeat. */
const FLUSH_MS = 250;
/** A batch leaves early at this size. */
const FLUSH_BYTES = 64 * 1024;
/** Bytes that may wait in the socket until frames are thrown away, and until they are taken again. */
const STALLED_BYTES = 48 * 1024 * 1024;
const RESUMED_BYTES = 8 * 1024 * 1024;

/** `WebSocket.OPEN`. */
const OPEN = 1;

/** The part of a WebSocket it needs. */
export interface Pipe {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
}

/**
 * The page's one way out: frames and messages in the order they came, batched. When Node does not read, memory stays
 * bounded: frames are thrown away, counted, and the loss is told as an event; messages are always kept.
 */
export class Outbox {
  readonly #pipe: Pipe;
  readonly #batch = new BatchWriter();
  #stalled: { since: number; frames: number } | undefined;
  #droppedFrames = 0;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** Frames thrown away since the start. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Starts the heartbeat. */
  start(): void {
    setInterval(() => this.flush(), FLUSH_MS);
  }

  frame(frame: WireFrame): void {
    if (this.#isStalled()) {
      this.#droppedFrames += 1;
      return;
    }
    this.#batch.frame(frame);
    if (this.#batch.length >= FLUSH_BYTES) this.flush();
  }

  message(message: PageMessage): void {
    this.#batch.message(JSON.stringify(message));
    if (message.type !== 'event') this.flush();
  }

  flush(): void {
    this.#tellLoss();
    if (this.#pipe.readyState === OPEN) this.#pipe.send(this.#batch.take(now()));
  }

  /** Bytes in the socket and in the batch: a socket that is not open yet takes nothing. */
  get #waiting(): number {
    return this.#pipe.bufferedAmount + this.#batch.length;
  }

  #isStalled(): boolean {
    if (this.#stalled === undefined && this.#waiting > STALLED_BYTES)
      this.#stalled = { since: now(), frames: this.#droppedFrames };
    return this.#stalled !== undefined;
  }

  #tellLoss(): void {
    if (this.#stalled === undefined || this.#waiting > RESUMED_BYTES) return;
    const frames = this.#droppedFrames - this.#stalled.frames;
    const seconds = ((now() - this.#stalled.since) / 1000).toFixed(1);
    this.#stalled = undefined;
    const message = `${frames} frames were lost in ${seconds} s: the recorder did not take them from its browser in time`;
    this.#batch.message(JSON.stringify({ type: 'event', event: { type: 'note', at: now(), message } }));
  }
}
