import type { Frame, RoomEventOf } from '@trtc-recorder/contracts';
import type { WireFrame } from './wire.ts';

/** What one session may hold of frames whose owner is not known yet: bytes in all, and ms per frame. */
export interface HoldLimits {
  readonly bytes: number;
  readonly ms: number;
}
const DEFAULT_LIMITS: HoldLimits = { bytes: 64 * 1024 * 1024, ms: 60_000 };

type Owner = Pick<RoomEventOf<'owner'>, 'userId' | 'stream' | 'kind'>;
interface Run {
  readonly tap: number;
  readonly ssrc: number;
  owner: Owner | undefined;
  /** Frames thrown away because no owner was found within the limits. */
  lost: number;
}
interface Held {
  readonly run: Run;
  readonly frame: WireFrame;
}

/**
 * Gives each frame its owner. Frames of a new (tap, SSRC) wait until the page has found whose it is, and then follow
 * in their order; what can wait no longer is counted and told, never silently dropped. The limits are for all runs
 * together, and the oldest frame goes first: a run that never finds an owner must not cost another its beginning.
 */
export class FrameHolder {
  readonly #emit: (frame: Frame) => void;
  readonly #note: (message: string) => void;
  readonly #limits: HoldLimits;
  readonly #runs = new Map<string, Run>();
  /** By a number in the order they came; there is none before `#first`, nor from `#next` on. */
  readonly #held = new Map<number, Held>();
  #first = 0;
  #next = 0;
  #heldBytes = 0;
  readonly #unnamedCodecs = new Map<number, number>();

  constructor(options: {
    readonly emit: (frame: Frame) => void;
    readonly note: (message: string) => void;
    readonly limits?: HoldLimits;
  }) {
    this.#emit = options.emit;
    this.#note = options.note;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
  }

  frame(frame: WireFrame): void {
    // With every frame, whosever it is: a run without an owner may get no more of its own.
    this.#loseWhile((oldest) => frame.receivedAt - oldest.receivedAt > this.#limits.ms);
    const run = this.#run(frame.tap, frame.ssrc);
    if (run.owner) this.#pass(frame, run.owner);
    else this.#hold(run, frame);
  }

  owner({ tap, ssrc, userId, stream, kind }: RoomEventOf<'owner'>): void {
    const run = this.#run(tap, ssrc);
    const owner = { userId, stream, kind };
    run.owner = owner;
    for (const [number, held] of this.#held) {
      if (held.run !== run) continue;
      this.#drop(number, held);
      this.#pass(held.frame, owner);
    }
    this.#tellLost(run);
  }

  /** The session ends: tells what never found an owner. */
  finish(): void {
    for (const { run } of this.#held.values()) run.lost += 1;
    for (const run of this.#runs.values()) this.#tellLost(run);
    for (const [tap, frames] of this.#unnamedCodecs)
      this.#note(`${frames} frames of receiver ${tap} were not recorded: their codec is not known here`);
    this.#held.clear();
    this.#heldBytes = 0;
    this.#runs.clear();
    this.#unnamedCodecs.clear();
  }

  #run(tap: number, ssrc: number): Run {
    const key = `${tap}/${ssrc}`;
    let run = this.#runs.get(key);
    if (!run) {
      run = { tap, ssrc, owner: undefined, lost: 0 };
      this.#runs.set(key, run);
    }
    return run;
  }

  #pass(frame: WireFrame, owner: Owner): void {
    const { codec } = frame;
    if (codec === 'unknown') {
      const before = this.#unnamedCodecs.get(frame.tap) ?? 0;
      if (before === 0) this.#note(`receiver ${frame.tap} sends ${owner.kind} of ${owner.userId} in an unknown codec`);
      this.#unnamedCodecs.set(frame.tap, before + 1);
    } else this.#emit({ ...frame, codec, userId: owner.userId, stream: owner.stream, kind: owner.kind });
  }

  #hold(run: Run, frame: WireFrame): void {
    // A copy, because the original is a view that keeps its whole batch alive.
    this.#held.set(this.#next, { run, frame: { ...frame, data: frame.data.slice() } });
    this.#next += 1;
    this.#heldBytes += frame.data.length;
    this.#loseWhile(() => this.#heldBytes > this.#limits.bytes);
  }

  /** Gives up the oldest frames of all runs. A number is passed over once, so that a frame costs the same with many held. */
  #loseWhile(isTooMuch: (oldest: WireFrame) => boolean): void {
    for (; this.#first < this.#next; this.#first += 1) {
      const oldest = this.#held.get(this.#first);
      if (oldest === undefined) continue;
      if (!isTooMuch(oldest.frame)) return;
      this.#drop(this.#first, oldest);
      this.#lose(oldest.run);
    }
  }

  #drop(number: number, { frame }: Held): void {
    this.#held.delete(number);
    this.#heldBytes -= frame.data.length;
  }

  #lose(run: Run): void {
    if (run.lost === 0)
      this.#note(`the owner of receiver ${run.tap}, SSRC ${run.ssrc} is not known; frames are being lost`);
    run.lost += 1;
  }

  #tellLost(run: Run): void {
    if (run.lost > 0) {
      const whose = run.owner ? `came too late (${run.owner.userId})` : 'was never found';
      this.#note(`${run.lost} frames of receiver ${run.tap}, SSRC ${run.ssrc} were lost: their owner ${whose}`);
    }
    run.lost = 0;
  }
}
