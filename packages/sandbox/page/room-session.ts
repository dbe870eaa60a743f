import type { EnterRoomConfig, TRTC } from 'trtc-sdk-v5';
import type { PageQuery } from './query.ts';
import { sdk } from './sdk.ts';

export interface PageEvent {
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly name: string;
  readonly data: unknown;
}

/** Warnings and errors go to the console; nothing is uploaded. */
const WARNINGS = 3;

/** The SDK's events that come every few seconds whatever happens. */
const NOISE = new Set(['statistics', 'network-quality', 'audio-volume', 'audio-frame']);

/** An SDK instance with a list of everything it said, and the joining of a room of the sandbox. */
export class RoomSession {
  readonly trtc: TRTC;
  readonly events: PageEvent[] = [];
  readonly #query: PageQuery;
  readonly #onEvent: (event: PageEvent) => void;

  constructor(query: PageQuery, onEvent: (event: PageEvent) => void = () => undefined) {
    this.#query = query;
    this.#onEvent = onEvent;
    const log: { setLogLevel(level: number, upload: boolean): void } = sdk;
    log.setLogLevel(WARNINGS, false);
    this.trtc = sdk.create();
    for (const name of Object.values(sdk.EVENT)) {
      if (NOISE.has(name)) continue;
      // the payload differs from event to event; it is only kept
      (this.trtc.on as (event: string, listener: (data: unknown) => void) => void)(name, (data) =>
        this.note(name, plain(data)),
      );
    }
  }

  note(name: string, data: unknown = {}): void {
    const event = { at: Date.now(), name, data };
    this.events.push(event);
    this.#onEvent(event);
  }

  /** Joins as `anchor` or `audience`. `useVp8` is not in the SDK's types: it makes the SDK send VP8. */
  async enter(
    role: 'anchor' | 'audience',
    config: Partial<EnterRoomConfig> & { useVp8?: boolean } = {},
  ): Promise<void> {
    const { room, type, user } = this.#query;
    const { sdkAppId, userSig } = await this.#credentials();
    const place = type === 'int' ? { roomId: Number(room) } : { strRoomId: room };
    const { SCENE_LIVE, ROLE_ANCHOR, ROLE_AUDIENCE } = sdk.TYPE;
    const who = { sdkAppId, userId: user, userSig, role: role === 'anchor' ? ROLE_ANCHOR : ROLE_AUDIENCE };
    const all = { ...who, ...place, scene: SCENE_LIVE, enableAutoPlayDialog: false, ...config };
    try {
      await this.trtc.enterRoom(all);
      this.note('entered');
    } catch (error) {
      this.note('failed', plain(error));
      throw error;
    }
  }

  async #credentials(): Promise<{ sdkAppId: number; userSig: string }> {
    const { user, sdkAppId, userSig } = this.#query;
    if (sdkAppId !== undefined && userSig !== undefined) return { sdkAppId: Number(sdkAppId), userSig };
    const query = new URLSearchParams({ userId: user, ...(sdkAppId !== undefined && { sdkAppId }) });
    const response = await fetch(`/v1/usersig?${query.toString()}`);
    const answer = (await response.json()) as { sdkAppId: number; userSig: string; error?: { message: string } };
    if (answer.error !== undefined) throw new Error(answer.error.message);
    return { sdkAppId: answer.sdkAppId, userSig: userSig ?? answer.userSig };
  }
}

/** What can be copied out of a page: errors by their codes, tracks by their kind. */
export function plain(data: unknown): unknown {
  if (data instanceof Error) {
    const { name, message } = data;
    const { code, extraCode } = data as Error & { code?: number; extraCode?: number };
    return { name, message, code, extraCode };
  }
  const text = JSON.stringify(data ?? {}, (_key, value: unknown) =>
    value instanceof MediaStreamTrack ? value.kind : value,
  );
  return JSON.parse(text) as unknown;
}
