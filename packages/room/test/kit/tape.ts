import type { Frame, RoomEvent, RoomEventOf } from '@trtc-recorder/contracts';
import type { RoomListener } from '../../src/index.ts';

/** `anna/main/video`: the name of a track in tests. */
export const trackName = ({ userId, stream, kind }: { userId: string; stream: string; kind: string }): string =>
  `${userId}/${stream}/${kind}`;

/** On an overloaded machine the SDK may miss a subscription, which the page takes anew after 10 s. */
const PATIENCE_MS = 40_000;

/** Keeps everything a session delivers, in its order, and waits for things to happen. */
export class Tape implements RoomListener {
  readonly log: ({ frame: Frame } | { event: RoomEvent })[] = [];
  #waiting: (() => void)[] = [];

  onFrame(frame: Frame): void {
    this.#add({ frame });
  }

  onEvent(event: RoomEvent): void {
    this.#add({ event });
  }

  get frames(): Frame[] {
    return this.log.flatMap((entry) => ('frame' in entry ? [entry.frame] : []));
  }

  get events(): RoomEvent[] {
    return this.log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  }

  get notes(): string[] {
    return this.eventsOf('note').map(({ message }) => message);
  }

  eventsOf<T extends RoomEvent['type']>(type: T): RoomEventOf<T>[] {
    return this.events.filter((event): event is RoomEventOf<T> => event.type === type);
  }

  framesOf(name: string): Frame[] {
    return this.frames.filter((frame) => trackName(frame) === name);
  }

  get tracks(): string[] {
    return [...new Set(this.frames.map(trackName))].sort();
  }

  /** Waits until the condition holds; fails with what was seen instead. */
  async until(what: string, condition: (tape: this) => boolean, ms = PATIENCE_MS): Promise<void> {
    const end = Date.now() + ms;
    while (!condition(this)) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${what}: not within ${ms} ms; seen: ${this.#summary()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits for that many further frames of each track. */
  async further(count: number, ...names: string[]): Promise<void> {
    const before = new Map(names.map((name) => [name, this.framesOf(name).length]));
    const came = () => names.every((name) => this.framesOf(name).length >= (before.get(name) ?? 0) + count);
    await this.until(`${count} more frames of ${names.join(', ')}`, came);
  }

  #add(entry: Tape['log'][number]): void {
    this.log.push(entry);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #summary(): string {
    const counts = this.tracks.map((name) => `${name} ${this.framesOf(name).length}`);
    return JSON.stringify({ counts, events: this.events.slice(-12) });
  }
}

/** Numbers that should follow each other by `step`, modulo `size`; gives the places where they do not. */
export const breaks = (numbers: readonly number[], step: number, size: number): number[] =>
  numbers.flatMap((number, index) => {
    const before = numbers[index - 1];
    return before === undefined || (before + step) % size === number ? [] : [index];
  });
