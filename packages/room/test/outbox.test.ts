import { beforeEach, describe, expect, test } from '@jest/globals';
import { Outbox, type Pipe } from '../page/outbox.ts';
import { readBatch, type WireFrame } from '../src/wire.ts';

const MB = 1024 * 1024;
const OPEN = 1;

class FakePipe implements Pipe {
  readyState = OPEN;
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }

  get messages(): string[] {
    return this.sent.flatMap((batch) =>
      [...readBatch(batch).entries].flatMap((entry) => ('message' in entry ? [entry.message] : [])),
    );
  }

  get frames(): number {
    return this.sent.flatMap((batch) => [...readBatch(batch).entries]).filter((entry) => 'frame' in entry).length;
  }
}

const frame = (bytes: number): WireFrame => ({
  tap: 0,
  ssrc: 1,
  codec: 'h264',
  key: false,
  rtpTimestamp: 0,
  receivedAt: 0,
  data: new Uint8Array(bytes),
});
const note = (message: string) => ({ type: 'event', event: { type: 'note', at: 0, message } }) as const;

let pipe: FakePipe;
let outbox: Outbox;
beforeEach(() => {
  pipe = new FakePipe();
  outbox = new Outbox(pipe);
});

describe('the outbox', () => {
  test('keeps frames and events together until it is flushed', () => {
    outbox.frame(frame(100));
    outbox.message(note('hello'));
    expect(pipe.sent).toHaveLength(0);
    outbox.flush();
    expect(pipe.sent).toHaveLength(1);
    expect([pipe.frames, pipe.messages.length]).toEqual([1, 1]);
  });

  test('sends a large batch, and an answer, at once', () => {
    outbox.frame(frame(70_000));
    expect(pipe.frames).toBe(1);
    outbox.frame(frame(10));
    outbox.message({ type: 'reply', id: 1 });
    expect(pipe.frames).toBe(2);
  });

  test('sends empty batches too: they are the heartbeat', () => {
    outbox.flush();
    outbox.flush();
    expect(pipe.sent).toHaveLength(2);
  });

  test('throws frames away while the socket stalls, keeps the events, and tells the loss once it goes on', () => {
    pipe.bufferedAmount = 60 * MB;
    for (let count = 0; count < 7; count += 1) outbox.frame(frame(1000));
    outbox.message(note('kicked out meanwhile'));
    outbox.flush();
    expect([pipe.frames, outbox.droppedFrames]).toEqual([0, 7]);
    pipe.bufferedAmount = 20 * MB;
    outbox.frame(frame(1000));
    outbox.flush();
    expect(pipe.messages).toHaveLength(1);
    pipe.bufferedAmount = MB;
    outbox.flush();
    outbox.frame(frame(1000));
    outbox.flush();
    expect([pipe.frames, outbox.droppedFrames]).toEqual([1, 8]);
    expect(pipe.messages.map((text) => (JSON.parse(text) as ReturnType<typeof note>).event.message)).toEqual([
      'kicked out meanwhile',
      expect.stringMatching(/^8 frames were lost in/),
    ]);
  });

  test('keeps its memory bounded also while the socket is not open', () => {
    pipe.readyState = 0;
    for (let count = 0; count < 100; count += 1) outbox.frame(frame(MB));
    expect(outbox.droppedFrames).toBeGreaterThanOrEqual(50);
    outbox.flush();
    expect(pipe.sent).toHaveLength(0);
    pipe.readyState = OPEN;
    outbox.flush();
    expect(pipe.frames).toBeGreaterThan(40);
    outbox.flush();
    expect(pipe.messages).toHaveLength(1);
  });
});
