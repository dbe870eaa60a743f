import type { Frame, Mode, Room, RoomEvent } from '@trtc-recorder/contracts';
import { AppError, errorMessage, type Logger } from '@trtc-recorder/runtime';
import { FrameHolder } from './frame-holder.ts';
import { joinError } from './join-error.ts';
import { PageChannel, SdkError } from './page-channel.ts';
import { untilAborted, type HostedPage } from './page-host.ts';
import type { Decode, SessionStats } from './page-protocol.ts';

const LEAVE_MS = 4_000;
const FLUSH_MS = 2_000;
const STATS_MS = 5_000;

export interface JoinParams {
  readonly sdkAppId: number;
  readonly room: Room;
  /** The recorder's own user id; a second login of it kicks the first. */
  readonly userId: string;
  readonly userSig: string;
  readonly mode: Mode;
}

/**
 * Takes everything a session delivers, in one order. A frame of a new sender may come later than events of its time:
 * it waits for its owner. Both are called synchronously and must not throw. The data of a frame may be a view into a
 * larger buffer: copy it to keep it for long.
 */
export interface RoomListener {
  onFrame(frame: Frame): void;
  onEvent(event: RoomEvent): void;
}

/** The recorder's stay in one room. */
export interface RoomSession {
  /**
   * Delivers the last frames and exits the room; the page closes afterwards, by itself. Never hangs, never throws;
   * repeated calls are one.
   */
  leave(): Promise<void>;
  /** Resolves when everything tapped until now was delivered. */
  flush(): Promise<void>;
  stats(): Promise<SessionStats>;
  /** Asks the sender on this receiver (`Frame.tap`) for a key frame. Whether it sends one is its affair. */
  requestKeyFrame(tap: number): void;
}

/** A session in an opened page. */
export class PageSession implements RoomSession {
  readonly #page: HostedPage;
  readonly #channel: PageChannel;
  readonly #holder: FrameHolder;
  readonly #listener: RoomListener;
  readonly #logger: Logger;
  readonly #onClosed: () => void;
  #joined = false;
  #over = false;
  #leaving: Promise<void> | undefined;

  constructor(page: HostedPage, listener: RoomListener, logger: Logger, onClosed: () => void) {
    this.#page = page;
    this.#onClosed = onClosed;
    this.#listener = listener;
    this.#logger = logger;
    this.#holder = new FrameHolder({
      emit: (frame) => listener.onFrame(frame),
      note: (message) => listener.onEvent({ type: 'note', at: Date.now(), message }),
    });
    this.#channel = new PageChannel(page.socket, {
      onFrame: (frame) => this.#holder.frame(frame),
      onEvent: (event) => this.#onEvent(event),
      onLost: (why) => this.#onLost(why),
    });
  }

  /** Enters the room. Errors: JoinRefused, JoinFailed, BrowserCrashed, or the signal's reason; the page is closed then. */
  async join(params: JoinParams & { decode: Decode }, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { sdkAppId, room, userId, userSig, mode, decode } = params;
    const join = { sdkAppId, room, userId, userSig, mode, decode };
    try {
      await untilAborted(this.#channel.request({ name: 'join', join }, timeoutMs), signal);
      this.#joined = true;
    } catch (error) {
      this.#over = true;
      await this.#close();
      throw error instanceof SdkError ? joinError(error.failure) : unanswered(error);
    }
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async flush(): Promise<void> {
    await this.#channel.request({ name: 'flush' }, FLUSH_MS);
  }

  async stats(): Promise<SessionStats> {
    return (await this.#channel.request({ name: 'stats' }, STATS_MS)) as SessionStats;
  }

  requestKeyFrame(tap: number): void {
    this.#channel.order({ name: 'key-frame', tap });
  }

  async #leave(): Promise<void> {
    if (!this.#over)
      try {
        await this.#channel.request({ name: 'leave' }, LEAVE_MS);
      } catch (error) {
        this.#logger.warn({ err: error }, 'the room was not left in order');
        await this.flush().catch(() => undefined);
      }
    this.#over = true;
    this.#holder.finish();
    // Not waited for: the next worker may come in as soon as the room is left.
    void this.#close();
  }

  async #close(): Promise<void> {
    this.#channel.close();
    await this.#page.close();
    this.#onClosed();
  }

  #onEvent(event: RoomEvent): void {
    this.#listener.onEvent(event);
    if (event.type === 'owner') this.#holder.owner(event);
  }

  #onLost(why: string): void {
    this.#logger.warn({ why }, 'a capture page was lost');
    this.#over = true;
    this.#holder.finish();
    // A page that dies over its join fails that join, and says nothing of the one that is tried next.
    if (this.#joined) this.#listener.onEvent({ type: 'crashed', at: Date.now(), message: why });
    void this.#close();
  }
}

/** A join that got no answer failed for the room's sake, unless the browser itself is gone. */
function unanswered(error: unknown): unknown {
  const isLate = error instanceof AppError && error.message.includes('did not answer');
  return isLate
    ? new AppError('JoinFailed', `the room could not be joined: ${errorMessage(error)}`, { cause: error })
    : error;
}
