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
  held: WireFrame[];
  /** Frames thrown away because no owner was found within the limits. */
  lost: number;
}

/**
 * Gives each frame its owner. Frames of a new (tap, SSRC) wait until the page has found whose it is, and then follow
 * in their order; what can wait no longer is counted and told, never silently dropped.
 */
export class FrameHolder {
  readonly #emit: (frame: Frame) => void;
  readonly #note: (message: string) => void;
  readonly #limits: HoldLimits;
  readonly #runs = new Map<string, Run>();
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
    const run = this.#run(frame.tap, frame.ssrc);
    if (run.owner) this.#pass(frame, run.owner);
    else this.#hold(run, frame);
  }

  owner({ tap, ssrc, userId, stream, kind }: RoomEventOf<'owner'>): void {
    const run = this.#run(tap, ssrc);
    const owner = { userId, stream, kind };
    run.owner = owner;
    const { held } = run;
    run.held = [];
    for (const frame of held) {
      this.#heldBytes -= frame.data.length;
      this.#pass(frame, owner);
    }
    this.#tellLost(run);
  }

  /** The session ends: tells what never found an owner. */
  finish(): void {
    for (const run of this.#runs.values()) {
      run.lost += run.held.length;
      run.held = [];
      this.#tellLost(run);
    }
    for (const [tap, frames] of this.#unnamedCodecs)
      this.#note(`${frames} frames of receiver ${tap} were not recorded: their codec is not known here`);
    this.#heldBytes = 0;
    this.#runs.clear();
    this.#unnamedCodecs.clear();
  }

  #run(tap: number, ssrc: number): Run {
    const key = `${tap}/${ssrc}`;
    let run = this.#runs.get(key);
    if (!run) {
      run = { tap, ssrc, owner: undefined, held: [], lost: 0 };
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
    run.held.push({ ...frame, data: frame.data.slice() });
    this.#heldBytes += frame.data.length;
    let first = run.held[0];
    while (first && (this.#heldBytes > this.#limits.bytes || frame.receivedAt - first.receivedAt > this.#limits.ms)) {
      run.held.shift();
      this.#heldBytes -= first.data.length;
      if (run.lost === 0)
        this.#note(`the owner of receiver ${run.tap}, SSRC ${run.ssrc} is not known; frames are being lost`);
      run.lost += 1;
      first = run.held[0];
    }
  }

  #tellLost(run: Run): void {
    if (run.lost > 0) {
      const whose = run.owner ? `came too late (${run.owner.userId})` : 'was never found';
      this.#note(`${run.lost} frames of receiver ${run.tap}, SSRC ${run.ssrc} were lost: their owner ${whose}`);
    }
    run.lost = 0;
  }
}
