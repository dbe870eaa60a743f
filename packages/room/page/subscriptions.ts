import type { TRTC } from 'trtc-sdk-v5';
import type { SdkFailure } from '../src/page-protocol.ts';
import { keyOf, type Track } from './roster.ts';
import { toFailure } from './sdk-failure.ts';

/** The SDK's calls by which one track is subscribed to and given up. */
export type SubscribingSdk = Pick<TRTC, 'muteRemoteAudio' | 'startRemoteVideo' | 'stopRemoteVideo'>;

/** The SDK's numbers of a refusal. */
export type RefusalCodes = Pick<SdkFailure, 'code' | 'extraCode'>;

/** `taken`: the SDK has the subscription, maybe since long ago. `busy`: an earlier call for the track is under way. */
export type SubscribeAnswer = 'taken' | 'busy' | RefusalCodes;

/**
 * Takes subscriptions that bring nothing once more.
 *
 * The SDK (5.17.1) forgets a subscription only once the server has confirmed its end; a start before that counts as a
 * repeated one and does nothing, and when the end comes the track is off for as long as it is published. So nothing but
 * the end itself is waited for between the two, however long it takes, and one track has one such call at a time.
 */
export class Subscriptions {
  readonly #sdk: SubscribingSdk;
  readonly #underWay = new Set<string>();
  /** Tracks that could not be given up: the SDK takes them for subscribed, and no start reaches the server. */
  readonly #stuck = new Set<string>();

  constructor(sdk: SubscribingSdk) {
    this.#sdk = sdk;
  }

  /** Gives up a subscription and takes it again. */
  async renew(track: Track): Promise<SubscribeAnswer> {
    return this.#alone(track, async () => {
      await this.#stop(track);
      return this.#start(track);
    });
  }

  /** Takes a subscription, if there is none. */
  async take(track: Track): Promise<SubscribeAnswer> {
    return this.#alone(track, async () => {
      if (this.#stuck.has(keyOf(track))) await this.#stop(track);
      return this.#start(track);
    });
  }

  async #alone(track: Track, work: () => Promise<SubscribeAnswer>): Promise<SubscribeAnswer> {
    const key = keyOf(track);
    if (this.#underWay.has(key)) return 'busy';
    this.#underWay.add(key);
    const answer = await work();
    this.#underWay.delete(key);
    return answer;
  }

  async #stop(track: Track): Promise<void> {
    const { userId, stream, kind } = track;
    try {
      await (kind === 'audio'
        ? this.#sdk.muteRemoteAudio(userId, true)
        : this.#sdk.stopRemoteVideo({ userId, streamType: stream as never }));
      this.#stuck.delete(keyOf(track));
    } catch {
      this.#stuck.add(keyOf(track));
    }
  }

  async #start({ userId, stream, kind }: Track): Promise<SubscribeAnswer> {
    try {
      await (kind === 'audio'
        ? this.#sdk.muteRemoteAudio(userId, false)
        : this.#sdk.startRemoteVideo({ userId, streamType: stream as never }));
      return 'taken';
    } catch (error) {
      const { code, extraCode } = toFailure(error);
      return { ...(code === undefined ? {} : { code }), ...(extraCode === undefined ? {} : { extraCode }) };
    }
  }
}
