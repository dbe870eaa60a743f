import type { RoomEvent, RoomEventOf } from '@trtc-recorder/contracts';
import { keyOf, type Roster, type Track } from './roster.ts';
import type { RefusalCodes, SubscribeAnswer } from './subscriptions.ts';
import type { Tap } from './tap-registry.ts';
import type { Reception } from './tap-suspicion.ts';
import { nextStep, type Step } from './silence-steps.ts';
import { Watch } from './watch.ts';

const TICK_MS = 1000;

type Cause = RoomEventOf<'subscription-failed'>['cause'];

export interface WatchdogPorts {
  readonly roster: Roster;
  /** The receiver that delivers this track by the present descriptions, if any. */
  tapOf(track: Track): Tap | undefined;
  /** Whether the media path is up. */
  isConnected(): boolean;
  /** How many frames were tapped under SSRCs that belong to a track. */
  frames(): Promise<(track: Track) => number>;
  /** What the receiver got under SSRCs that belong to the track. */
  reception(tap: Tap, track: Track): Promise<Reception>;
  readonly remedies: {
    /** Packets come and the tap brings nothing: record the track another way, until `stop` or until it ends by itself. */
    start(track: Track, tap: Tap): void;
    stop(track: Track): void;
    /** Gives up the subscription and takes it again. */
    resubscribe(track: Track): Promise<SubscribeAnswer>;
    /** Takes the subscription, if there is none. */
    subscribe(track: Track): Promise<SubscribeAnswer>;
  };
  emit(event: RoomEvent): void;
  note(message: string): void;
  now(): number;
}

/**
 * Watches every published track: frames under its own SSRCs have to come while it is available. Where none come it is
 * subscribed to again, and the room's events say that it is not recorded, and why. It asks for packet counts only where
 * frames are missing, so that it costs next to nothing while all is well.
 */
export class Watchdog {
  readonly #ports: WatchdogPorts;
  readonly #watches = new Map<string, Watch>();
  #busy = false;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  start(): void {
    setInterval(() => {
      this.tick().catch((error: unknown) => this.#ports.note(`the watchdog failed: ${String(error)}`));
    }, TICK_MS);
  }

  /** One look at everything. */
  async tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const framesOf = await this.#ports.frames();
      this.forgetUnpublished();
      for (const { track, since } of [...this.#ports.roster.available]) {
        const tap = this.#ports.tapOf(track);
        await this.#look(this.#watch(track, since, tap, framesOf(track)), tap, framesOf(track));
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Lets go at once of tracks that are not published any more: their receivers get other users. */
  forgetUnpublished(): void {
    for (const [key, watch] of this.#watches) if (!this.#ports.roster.isAvailable(watch.track)) this.#end(key, watch);
  }

  /** The receiver delivers for no user any more. What is recorded another way from now on may be the next user's. */
  released({ tap }: Tap): void {
    for (const watch of this.#watches.values()) if (watch.tap === tap) this.#clear(watch);
  }

  /** The receiver gets packets of a video, but none of its frames has come together since then. */
  missesKeyFrame({ tap }: Tap, since: number): void {
    for (const watch of this.#watches.values())
      if (watch.tap === tap && !watch.isDeaf)
        this.#fail(watch, 'no-key-frame', {}, Math.max(since, watch.missingSince));
  }

  /** The track is not recorded another way any more, though it was not stopped. */
  remedyEnded(track: Track): void {
    const watch = this.#watches.get(keyOf(track));
    if (watch?.isDeaf !== true) return;
    watch.failures += 1;
    watch.isDeaf = false;
    watch.suspicion.clear();
    watch.quietSince = this.#ports.now();
    this.#fail(watch, 'not-tapped');
  }

  /** Nothing is held against the tap any more: it takes new proof. */
  #clear(watch: Watch): void {
    watch.suspicion.clear();
    if (!watch.isDeaf) return;
    watch.isDeaf = false;
    // No packets were counted meanwhile.
    watch.quietSince = this.#ports.now();
    this.#ports.remedies.stop(watch.track);
  }

  #end(key: string, watch: Watch): void {
    this.#watches.delete(key);
    this.#clear(watch);
  }

  /** A track that is published again is watched from the beginning; one that passes to another receiver goes on. */
  #watch(track: Track, since: number, tap: Tap | undefined, frames: number): Watch {
    const key = keyOf(track);
    const known = this.#watches.get(key);
    if (known?.since === since) {
      if (known.tap !== tap?.tap) this.#clear(known);
      known.tap = tap?.tap;
      return known;
    }
    if (known) this.#end(key, known);
    const watch = new Watch(track, since, frames);
    watch.tap = tap?.tap;
    this.#watches.set(key, watch);
    return watch;
  }

  async #look(watch: Watch, tap: Tap | undefined, frames: number): Promise<void> {
    const now = this.#ports.now();
    const came = frames > watch.frames;
    watch.frames = frames;
    if (came) this.#heard(watch, now);
    else if (!watch.isDeaf) await this.#miss(watch, tap, now);
  }

  #heard(watch: Watch, now: number): void {
    if (watch.isDisturbed) this.#ports.note(`${keyOf(watch.track)}: frames come again`);
    this.#restore(watch, now);
    this.#clear(watch);
    watch.heard(now);
  }

  /** Frames are missing: for want of packets, or in spite of them? */
  async #miss(watch: Watch, tap: Tap | undefined, now: number): Promise<void> {
    // While the media path is down nothing comes for any track, and the SDK rebuilds it by itself.
    if (!this.#ports.isConnected()) {
      watch.suspicion.clear();
      watch.quietSince = now;
      if (watch.isOverdue(now)) this.#fail(watch, 'disconnected');
      return;
    }
    if (tap !== undefined) {
      const reception = await this.#ports.reception(tap, watch.track);
      // Let go of while the packets were counted.
      if (this.#watches.get(keyOf(watch.track)) !== watch || watch.tap !== tap.tap) return;
      if (watch.suspicion.look(reception, now)) watch.quietSince = now;
      if (watch.suspicion.isProven(now, watch.failures)) {
        this.#goDeaf(watch, tap);
        return;
      }
    }
    const step = nextStep(watch, now, tap !== undefined);
    if (step !== undefined) this.#take(watch, step, now, tap);
  }

  #goDeaf(watch: Watch, tap: Tap): void {
    watch.isDeaf = true;
    this.#restore(watch, this.#ports.now());
    this.#ports.note(`${keyOf(watch.track)}: packets come but no frame can be tapped; re-encoding what the SDK plays`);
    this.#ports.remedies.start(watch.track, tap);
  }

  #restore(watch: Watch, at: number): void {
    if (watch.failedBy !== undefined) this.#ports.emit({ type: 'subscription-restored', at, ...watch.track });
    watch.failedBy = undefined;
  }

  #take(watch: Watch, step: Step, now: number, tap: Tap | undefined): void {
    if (watch.steps === 0) this.#ports.note(`${keyOf(watch.track)}: published, but nothing came; subscribing again`);
    watch.quietSince = now;
    watch.steps += 1;
    if (step.fails && !watch.isRefused) this.#fail(watch, tap === undefined ? 'not-subscribed' : 'no-media');
    this.#ports.remedies[step.remedy](watch.track).then(
      (answer) => this.#answered(watch, answer),
      (error: unknown) => this.#ports.note(`${keyOf(watch.track)}: subscribing failed: ${String(error)}`),
    );
  }

  #answered(watch: Watch, answer: SubscribeAnswer): void {
    if (this.#watches.get(keyOf(watch.track)) !== watch || answer === 'busy') return;
    watch.isRefused = answer !== 'taken';
    if (answer !== 'taken') this.#fail(watch, 'refused', answer);
  }

  /** Reports once for each cause that the track is not recorded. */
  #fail(watch: Watch, cause: Cause, codes: RefusalCodes = {}, since = watch.missingSince): void {
    if (watch.failedBy === cause) return;
    watch.failedBy = cause;
    const { track } = watch;
    this.#ports.emit({ type: 'subscription-failed', at: this.#ports.now(), since, ...track, cause, ...codes });
  }
}
