import type { RoomEvent } from '@trtc-recorder/contracts';
import { FrameCounts } from '../../page/frame-counts.ts';
import { OwnerSearch } from '../../page/owner-search.ts';
import { keyOf, Roster, type Track } from '../../page/roster.ts';
import { Subscriptions } from '../../page/subscriptions.ts';
import { TapRegistry, type Tap } from '../../page/tap-registry.ts';
import { framesByTrack } from '../../page/tap-stats.ts';
import type { Reception } from '../../page/tap-suspicion.ts';
import { Watchdog } from '../../page/watchdog.ts';
import { ModelConnection, PUBLISHED } from './model-connection.ts';
import { SdkModel, trackFor } from './sdk-model.ts';

const FRAMES_A_SECOND = 5;
/** A published track that brings nothing has to be named within this. */
const NAMED_WITHIN_MS = 10_000;

/** The page's logic over the model of the SDK, with a clock that the test moves. */
export class PageModel {
  now = 1_000_000;
  readonly sdk: SdkModel;
  readonly faults: string[] = [];
  readonly roster = new Roster();
  readonly #search: OwnerSearch;
  readonly #watchdog: Watchdog;
  readonly #registry: TapRegistry;
  readonly #counts = new FrameCounts();
  readonly #owners = new Map<string, Track>();
  readonly #packets = new Map<number, number>();
  readonly #sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();
  /** When each track was recorded last, and what is named as not recorded. */
  readonly #recordedAt = new Map<string, number>();
  readonly #named = new Set<string>();
  #disconnectedAt = 0;

  constructor() {
    const scope = { RTCPeerConnection: ModelConnection as unknown as typeof RTCPeerConnection };
    this.#registry = new TapRegistry({} as Worker, {
      onPath: () => undefined,
      onRelease: (tap) => {
        this.#search.release(tap);
        this.#watchdog.released(tap);
      },
      onBound: (tap, section) => this.#search.bind(tap, section),
      onFault: (error) => this.faults.push(String(error)),
    });
    this.#registry.install(scope);
    this.sdk = new SdkModel({
      emit: (event) => this.#emit(event),
      now: () => this.now,
      sleep: (ms) => new Promise((wake) => this.#sleeping.add({ at: this.now + ms, wake })),
      makeConnection: () => new scope.RTCPeerConnection() as unknown as ModelConnection,
    });
    this.#search = new OwnerSearch({
      roster: this.roster,
      lookup: (track) => this.sdk.heldFor(track) as MediaStreamTrack | null,
      found: ({ tap, ssrc, track }) => this.#found(tap, ssrc, track),
    });
    const subscriptions = new Subscriptions(this.sdk.calls);
    this.#watchdog = new Watchdog({
      roster: this.roster,
      tapOf: (track) => this.#search.tapOf(track),
      isConnected: () => this.#registry.isConnected,
      frames: () =>
        Promise.resolve(
          framesByTrack(this.#registry.taps, this.#counts.all, (tap, ssrc) => this.#search.ownerOf(tap, ssrc)),
        ),
      reception: (tap, track) => Promise.resolve(this.#receptionOf(tap, track)),
      remedies: {
        start: (track) => void this.faults.push(`${keyOf(track)}: the tap is taken for deaf`),
        stop: () => undefined,
        resubscribe: (track) => subscriptions.renew(track),
        subscribe: (track) => subscriptions.take(track),
      },
      emit: (event) => this.#emit(event),
      note: () => undefined,
      now: () => this.now,
    });
  }

  /** Lets seconds pass. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      this.now += 1000;
      for (const sleeper of this.#sleeping) {
        if (sleeper.at > this.now) continue;
        this.#sleeping.delete(sleeper);
        sleeper.wake();
      }
      await settle();
      this.#send();
      this.#search.retry();
      await this.#watchdog.tick();
      await settle();
      this.#judge();
    }
  }

  /** Tracks that are published and weren't recorded within the last second. */
  get silent(): string[] {
    return [...this.roster.available].flatMap(({ track }) =>
      this.#recordedAt.get(keyOf(track)) === this.now ? [] : [keyOf(track)],
    );
  }

  #send(): void {
    if (!this.#registry.isConnected) return;
    for (const { ssrc, receiver } of this.sdk.sending) {
      const tap = this.#registry.taps.find((each) => (each.receiver as unknown) === receiver)!;
      for (let frame = 0; frame < FRAMES_A_SECOND; frame += 1)
        if (this.#counts.add(tap.tap, ssrc)) this.#search.ask(tap, ssrc);
      this.#packets.set(ssrc, (this.#packets.get(ssrc) ?? 0) + FRAMES_A_SECOND);
      const owner = this.#owners.get(`${tap.tap}/${ssrc}`);
      if (owner) this.#recordedAt.set(keyOf(owner), this.now);
    }
  }

  #receptionOf(tap: Tap, track: Track): Reception {
    let packets = 0;
    for (const [ssrc, count] of this.#packets) if (this.#search.mayDeliver(tap, ssrc, track)) packets += count;
    return { packets, played: packets };
  }

  #found(tap: number, ssrc: number, track: Track): void {
    this.#owners.set(`${tap}/${ssrc}`, track);
    const truth = this.sdk.truth.get(ssrc);
    if (truth === undefined || keyOf(truth) !== keyOf(track))
      this.faults.push(`SSRC ${ssrc} of ${truth ? keyOf(truth) : 'no track'} was given to ${keyOf(track)}`);
  }

  #judge(): void {
    // An event names the path itself while it is down.
    if (!this.#registry.isConnected) this.#disconnectedAt = this.now;
    for (const { track, since } of this.roster.available) {
      const key = keyOf(track);
      const recorded = Math.max(since, this.#recordedAt.get(key) ?? 0, this.#disconnectedAt);
      if (this.now - recorded > NAMED_WITHIN_MS && !this.#named.has(key))
        this.faults.push(`${key} has brought nothing for ${this.now - recorded} ms and isn't named`);
    }
  }

  #emit(event: RoomEvent): void {
    this.roster.note(event);
    if (event.type === 'subscription-failed') this.#named.add(keyOf(event));
    if (event.type === 'subscription-restored' || event.type === 'unavailable') this.#named.delete(keyOf(event));
    if (event.type === 'anchor-exit')
      for (const what of PUBLISHED) this.#named.delete(keyOf(trackFor(event.userId, what)));
    if (event.type === 'unavailable' || event.type === 'anchor-exit') this.#watchdog.forgetUnpublished();
    this.#search.retry();
  }
}

/** Lets everything that waits for nothing but promises happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
