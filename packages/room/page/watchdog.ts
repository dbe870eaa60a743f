import { keyOf, type Roster, type Track } from './roster.ts';
import type { Tap } from './tap-registry.ts';
import type { TapCount } from './worker-protocol.ts';

const TICK_MS = 1000;
/** Packets arrive for this long but no frame is tapped: the tap does not work. */
const DEAF_MS = 3000;
/** Packets that come after a pause of this length prove nothing yet: their frames may still be on their way. */
const PAUSE_MS = 2000;
/** That many packets are proof; a few may be padding or the tail of a stream. */
const DEAF_PACKETS = 10;
/** A published track without a packet for this long: the subscription may have been refused, which nobody tells. */
const STARVED_MS = 10_000;
/** What did not help is tried again, after waits that double up to this. */
const LONGEST_WAIT_MS = 60_000;

export interface WatchdogPorts {
  readonly roster: Roster;
  /** The receiver whose track the SDK holds for this track, if any. */
  tapOf(track: Track): Tap | undefined;
  /** What the worker has counted. */
  counts(): Promise<readonly TapCount[]>;
  /** RTP packets the receiver got so far. */
  packets(tap: Tap): Promise<number>;
  /** What to do about it. */
  readonly remedies: {
    /** Packets come and the tap brings nothing: record the track another way, until `stop` or until it ends by itself. */
    start(track: Track, tap: Tap): void;
    stop(track: Track): void;
    /** No packets come: give up the subscription and take it again. */
    resubscribe(track: Track): void;
    /** Still none: take the subscription, should there be none by now. */
    subscribe(track: Track): void;
  };
  note(message: string): void;
  now(): number;
}

/** One published track on one receiver. `healthy` until frames are missing for too long. */
interface Watch {
  readonly track: Track;
  readonly since: number;
  readonly tap: number | undefined;
  frames: number;
  framesAt: number;
  packetsAt: number;
  packets: number | undefined;
  /** What is held against the tap: packets came without a frame since then, and how many there had been before. */
  evidence: { readonly since: number; readonly packets: number } | undefined;
  state: 'healthy' | 'deaf' | 'resubscribed' | 'starving';
  /** How long packets may be missing until the next step is taken. */
  starvedMs: number;
  /** How often the track could not be recorded another way, since the last frame. */
  failures: number;
}

/**
 * Looks after every published track: frames have to come while it is available. It asks for packet counts only where
 * frames are missing, so that in health it costs next to nothing.
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
      const counts = new Map((await this.#ports.counts()).map((count) => [count.tap, count.frames]));
      this.forgetUnpublished();
      for (const { track, since } of [...this.#ports.roster.available]) {
        const tap = this.#ports.tapOf(track);
        const frames = tap === undefined ? 0 : (counts.get(tap.tap) ?? 0);
        await this.#look(this.#watch(track, since, tap, frames), tap, frames);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Lets go at once of tracks that are not published any more: their receivers will be somebody else's. */
  forgetUnpublished(): void {
    for (const [key, watch] of this.#watches) if (!this.#ports.roster.isAvailable(watch.track)) this.#end(key, watch);
  }

  /** The receiver delivers for nobody any more. What is recorded another way from now on may be the next user's. */
  released({ tap }: Tap): void {
    for (const watch of this.#watches.values()) {
      if (watch.tap !== tap) continue;
      if (watch.state === 'deaf') this.#ports.remedies.stop(watch.track);
      this.#acquit(watch);
    }
  }

  /** The track is not recorded another way any more, though nobody stopped that. */
  remedyEnded(track: Track): void {
    const watch = this.#watches.get(keyOf(track));
    if (watch?.state !== 'deaf') return;
    watch.failures += 1;
    this.#acquit(watch);
  }

  /** Nothing is held against the tap any more: it has to be found deaf anew. */
  #acquit(watch: Watch): void {
    watch.evidence = undefined;
    // Nobody counted packets meanwhile.
    if (watch.state === 'deaf') Object.assign(watch, { state: 'healthy', packetsAt: this.#ports.now() });
  }

  #end(key: string, watch: Watch): void {
    this.#watches.delete(key);
    if (watch.state === 'deaf') this.#ports.remedies.stop(watch.track);
  }

  /** A track published anew, or served by another receiver, is watched anew. */
  #watch(track: Track, since: number, tap: Tap | undefined, frames: number): Watch {
    const key = keyOf(track);
    const known = this.#watches.get(key);
    if (known?.since === since && known.tap === tap?.tap) return known;
    if (known) this.#end(key, known);
    const now = this.#ports.now();
    const { state, starvedMs } =
      known?.since === since && known.state !== 'deaf' ? known : ({ state: 'healthy', starvedMs: STARVED_MS } as const);
    const seen = { frames, framesAt: now, packetsAt: now, packets: undefined, evidence: undefined, failures: 0 };
    const watch: Watch = { track, since, tap: tap?.tap, state, starvedMs, ...seen };
    this.#watches.set(key, watch);
    return watch;
  }

  async #look(watch: Watch, tap: Tap | undefined, frames: number): Promise<void> {
    const now = this.#ports.now();
    if (frames !== watch.frames) {
      this.#heard(watch);
      Object.assign(watch, { frames, framesAt: now, packetsAt: now, packets: undefined, evidence: undefined });
    } else if (watch.state !== 'deaf') await this.#miss(watch, tap, now);
  }

  /** Frames are missing: for want of packets, or in spite of them? */
  async #miss(watch: Watch, tap: Tap | undefined, now: number): Promise<void> {
    // While the media path is down nothing comes for anybody, and the SDK rebuilds it by itself.
    if (tap && tap.connection.connectionState !== 'connected') {
      watch.packetsAt = now;
      return;
    }
    const isDeaf = tap !== undefined && (await this.#isDeaf(watch, tap, now));
    // Let go of while the packets were counted.
    if (this.#watches.get(keyOf(watch.track)) !== watch) return;
    if (isDeaf) this.#goDeaf(watch, tap);
    else if (now - watch.packetsAt >= watch.starvedMs) this.#starve(watch, now);
  }

  #heard(watch: Watch): void {
    if (watch.state === 'healthy' && watch.failures === 0) return;
    this.#ports.note(`${keyOf(watch.track)}: frames come again`);
    if (watch.state === 'deaf') this.#ports.remedies.stop(watch.track);
    Object.assign(watch, { state: 'healthy', starvedMs: STARVED_MS, failures: 0 });
  }

  async #isDeaf(watch: Watch, tap: Tap, now: number): Promise<boolean> {
    const packets = await this.#ports.packets(tap);
    const came = watch.packets === undefined || packets !== watch.packets;
    if (came && now - watch.packetsAt > PAUSE_MS) watch.evidence = undefined;
    if (came) watch.packetsAt = now;
    watch.packets = packets;
    if (!came) return false;
    watch.evidence ??= { since: now, packets };
    // Another way that failed at once would be begun every few seconds, with a note each time.
    const deafMs = Math.min(LONGEST_WAIT_MS, DEAF_MS * 2 ** Math.max(0, watch.failures - 1));
    return now - watch.evidence.since >= deafMs && packets - watch.evidence.packets >= DEAF_PACKETS;
  }

  #goDeaf(watch: Watch, tap: Tap): void {
    watch.state = 'deaf';
    this.#ports.note(`${keyOf(watch.track)}: packets come but no frame can be tapped; re-encoding what the SDK plays`);
    this.#ports.remedies.start(watch.track, tap);
  }

  #starve(watch: Watch, now: number): void {
    watch.packetsAt = now;
    if (watch.state === 'healthy') {
      watch.state = 'resubscribed';
      this.#ports.note(`${keyOf(watch.track)}: published, but nothing came for ${STARVED_MS} ms; subscribing again`);
      this.#ports.remedies.resubscribe(watch.track);
      return;
    }
    if (watch.state === 'resubscribed') {
      watch.state = 'starving';
      this.#ports.note(
        `${keyOf(watch.track)}: still nothing after subscribing again; there is a gap, and more tries follow`,
      );
    }
    watch.starvedMs = Math.min(LONGEST_WAIT_MS, watch.starvedMs * 2);
    this.#ports.remedies.subscribe(watch.track);
  }
}
