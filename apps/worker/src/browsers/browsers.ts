import type { RoomBrowser } from '@trtc-recorder/room';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import type { JoinParams, Rooms } from '../ports.ts';
import { BrowserGroup, type Death } from './browser-group.ts';
import { BrowserSupply } from './browser-supply.ts';

/** A page of a browser that is just dying fails a join; the next try finds another browser. */
const MAX_TRIES = 3;

/**
 * The worker's browsers. All recordings share one; when it dies they begin a new take and find the spare one here.
 * When that one dies young too, one of them may be what kills it: they are parted into two halves with a browser each,
 * again and again, until the culprit dies alone and the others are left in peace.
 */
export class Browsers implements Rooms {
  readonly #supply: BrowserSupply;
  readonly #logger: Logger;
  readonly #common: BrowserGroup;
  /** Recordings that were parted from the others. */
  readonly #parted = new Map<string, BrowserGroup>();

  constructor(launch: () => Promise<RoomBrowser>, { logger, spare }: { logger: Logger; spare: boolean }) {
    this.#supply = new BrowserSupply(launch, { logger, spare });
    this.#logger = logger;
    this.#common = this.#newGroup();
  }

  /** Starts the browser now, so that a worker without a usable one says so at its start. */
  async start(): Promise<void> {
    await this.#common.house();
    this.#supply.refill();
  }

  /** Whether a browser can be started. Errors: BrowserUnavailable, BrowserLacksH264. */
  prove(): Promise<void> {
    return this.#supply.prove();
  }

  join: Rooms['join'] = async (params, listener, signal) => {
    for (let tries = MAX_TRIES; ; tries -= 1) {
      try {
        return await this.#join(params, listener, signal);
      } catch (error) {
        const died = error instanceof AppError && error.code === 'BrowserCrashed';
        if (!died || tries <= 1 || signal.aborted) throw error;
      } finally {
        this.#supply.refill();
      }
    }
  };

  async #join(...[params, listener, signal]: Parameters<Rooms['join']>): ReturnType<Rooms['join']> {
    const member = memberOf(params);
    const group = this.#parted.get(member) ?? this.#common;
    group.members.add(member);
    try {
      const housing = await group.house();
      const session = await housing.browser.join(params, listener, signal);
      return {
        leave: async () => {
          await session.leave();
          if (housing.browser.alive) this.#leave(member, group);
        },
        requestKeyFrame: (tap) => session.requestKeyFrame(tap),
        sharedFate: () => (housing.death?.members.length ?? 0) > 1,
      };
    } catch (error) {
      this.#vacate(member, group);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#supply, this.#common, ...this.#parted.values()].map((part) => part.close()));
  }

  readonly #onDeath = (group: BrowserGroup, { members, again }: Death): void => {
    this.#logger.error({ recordings: members.length, again }, 'a browser died; its recordings go on in another');
    if (!again || members.length < 2) return;
    this.#logger.warn({ recordings: members.length }, 'browsers die again and again; parting their recordings');
    const half = Math.ceil(members.length / 2);
    for (const part of [members.slice(0, half), members.slice(half)]) {
      const own = this.#newGroup({ parted: true });
      for (const member of part) {
        group.members.delete(member);
        this.#parted.set(member, own);
      }
    }
  };

  #newGroup(from?: { parted: boolean }): BrowserGroup {
    return new BrowserGroup(this.#supply, this.#onDeath, from);
  }

  /** A recording has left in order: nothing is held against it any more. */
  #leave(member: string, group: BrowserGroup): void {
    this.#parted.delete(member);
    this.#vacate(member, group);
  }

  /** A browser that only the parted had is closed after the last of them. */
  #vacate(member: string, group: BrowserGroup): void {
    group.members.delete(member);
    if (group !== this.#common && group.members.size === 0) void group.close();
  }
}

const memberOf = ({ sdkAppId, room, userId }: JoinParams): string => JSON.stringify([sdkAppId, room, userId]);
