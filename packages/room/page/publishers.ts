import type { Sender } from './named-ssrcs.ts';
import type { Track } from './roster.ts';

/**
 * Which user each of the server's numbers stands for. A description names its sections by these numbers, the SDK's API
 * by user ids. The pair is learned when the SDK takes a section's track for exactly one user, and holds for the whole
 * session: also for SSRCs that the SDK's track objects can't decide about.
 */
export class Publishers {
  readonly #users = new Map<string, string>();
  readonly #numbers = new Map<string, string>();

  /** The track that a section of this sender delivers, if its user is known. */
  trackOf(sender: Sender, kind: Track['kind']): Track | undefined {
    const userId = this.#users.get(sender.publisher);
    return userId === undefined ? undefined : { userId, stream: kind === 'audio' ? 'main' : sender.stream, kind };
  }

  /** False when the user is known by another number. */
  mayBe(sender: Sender, userId: string): boolean {
    const number = this.#numbers.get(userId);
    return number === undefined || number === sender.publisher;
  }

  /** The SDK took a section of this sender for this track. */
  learn(sender: Sender, { userId, stream, kind }: Track): void {
    // Another form of stream ids than the one that was read: nothing follows from it.
    if (kind === 'video' && stream !== sender.stream) return;
    const before = this.#users.get(sender.publisher);
    if (before !== undefined && before !== userId) this.#numbers.delete(before);
    this.#users.set(sender.publisher, userId);
    this.#numbers.set(userId, sender.publisher);
  }
}
