const ASK_EVERY_MS = 40;
const GIVE_UP_MS = 1000;
const MOST_TIMES = 8;

/** The holes in a stream's numbering, and which of them are due to be asked for (again). */
export class MissingPackets {
  readonly #holes = new Map<number, { since: number; next: number; times: number }>();

  get any(): boolean {
    return this.#holes.size > 0;
  }

  add(sequence: number, now: number): void {
    this.#holes.set(sequence, { since: now, next: now, times: 0 });
  }

  /** False when nobody missed it. */
  filled(sequence: number): boolean {
    return this.#holes.delete(sequence);
  }

  /** The sequence numbers to ask for now. */
  due(now: number): number[] {
    const due: number[] = [];
    for (const [sequence, hole] of this.#holes) {
      if (now - hole.since > GIVE_UP_MS || hole.times >= MOST_TIMES) this.#holes.delete(sequence);
      else if (now >= hole.next) {
        hole.times += 1;
        hole.next = now + ASK_EVERY_MS;
        due.push(sequence);
      }
    }
    return due;
  }
}
