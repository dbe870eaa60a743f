import type { GapCause, Kind } from '@trtc-recorder/contracts';
import { heldFrames, type Held } from './held-frames.ts';
import type { Pause } from './journal-gaps.ts';
import { SHORTEST_MS } from './reception.ts';
import { lengthMs, sharedPart, subtract, union, within, type Stretch } from './stretch.ts';
import { bridges, cameOf, pausesOf, runBounds } from './track-media.ts';
import type { TrackFacts } from './track-facts.ts';
import { SETTLE_MS, type TrackState } from './track-states.ts';
import type { TrackTimeline } from './track-timeline.ts';

/** A time in which media of a published track is missing. */
export interface Gap extends Stretch {
  readonly kind: Kind;
  readonly cause: GapCause;
}

/** What became of every moment of one track: it is present, or in one gap. */
export interface TrackAccount {
  readonly kind: Kind;
  /** The time that is accounted for; empty when the track was never published. */
  readonly published: readonly Stretch[];
  /** Media that is in the spool as it was sent. */
  readonly present: readonly Stretch[];
  readonly gaps: readonly Gap[];
  /** Times until the end of a publication in which its last video frame goes on being shown. */
  readonly held: readonly Held[];
}

const publishedIn = (states: readonly TrackState[]): TrackState[] => states.filter(({ cause }) => cause === undefined);

/** A screen that moved at a steady rate may stand still for longer than this, and go on with a key frame. */
const STILL_MS = 1_000;

/** Whether frames are missing in a pause, or the sender sent none. */
const isMissing = (pause: Pause, { name, states, reception }: TrackFacts): boolean => {
  const mayStandStill = name.stream === 'sub' && lengthMs(pause) > STILL_MS;
  if (name.kind === 'video' && pause.regular && !mayStandStill) return true;
  const unpublished = states.filter(({ cause }) => cause !== undefined);
  return sharedPart(pause, unpublished) >= 0.5 || reception.disconnected(name, pause, false) !== undefined;
};

const presentOf = (facts: TrackFacts): Stretch[] => {
  const { runs } = facts;
  const missing = runs.flatMap((run) => [...run.gaps, ...pausesOf(run).filter((pause) => isMissing(pause, facts))]);
  return union([...subtract(runs.flatMap(runBounds), missing), ...bridges(runs)]);
};

/** The time to account for: from the first frame, or from the notice that no frame followed, to the end of what was published. */
const accountedTime = (facts: TrackFacts, present: readonly Stretch[]): Stretch[] => {
  const { runs, states } = facts;
  const published = publishedIn(states);
  const cameMs = cameOf(runs)[0]?.startMs;
  const saidMs = published[0]?.startMs;
  if (saidMs === undefined && cameMs === undefined) return [];
  const isLate = saidMs !== undefined && (cameMs ?? Infinity) - saidMs > SETTLE_MS;
  const offMs = states[0]?.cause === 'muted' && lengthMs(states[0]) > SETTLE_MS ? states[0].startMs : Infinity;
  const startMs = Math.min((isLate ? saidMs : cameMs) ?? Infinity, offMs);
  const lastMs = present.at(-1)?.endMs ?? cameOf(runs).at(-1)?.endMs ?? startMs;
  const saidEndMs = published.at(-1)?.endMs ?? lastMs;
  const endMs = Math.max(lastMs, saidEndMs - lastMs > SETTLE_MS ? saidEndMs : lastMs, mutedUntil(states));
  return endMs > startMs ? [{ startMs, endMs }] : [];
};

/** A camera that is off until its anchor leaves is missing until then; who has left is not. */
const mutedUntil = (states: readonly TrackState[]): number => {
  const last = states.findLast(({ cause }) => cause === undefined || cause === 'muted');
  const isLong = last !== undefined && lengthMs(last) > SETTLE_MS;
  return last?.cause === 'muted' && isLong ? last.endMs : -Infinity;
};

interface Part extends Stretch {
  readonly cause: GapCause | undefined;
}

/** A gap cut where the track was muted, unpublished or published; what is short beside another state belongs to that. */
const partsOf = (gap: Stretch, states: readonly TrackState[]): Part[] => {
  const known = states
    .filter(({ startMs, endMs }) => endMs > gap.startMs && startMs < gap.endMs)
    .map((state) => ({
      startMs: Math.max(state.startMs, gap.startMs),
      endMs: Math.min(state.endMs, gap.endMs),
      cause: state.cause,
    }));
  const unknown = subtract([gap], known).map((part) => ({ ...part, cause: undefined }));
  const parts: Part[] = [...known, ...unknown].sort((a, b) => a.startMs - b.startMs);
  return parts.map((part, index) => {
    if (part.cause !== undefined || lengthMs(part) > SETTLE_MS) return part;
    return { ...part, cause: parts[index + 1]?.cause ?? parts[index - 1]?.cause };
  });
};

/** What the capture itself knew of a gap. */
const journaledCause = (gap: Stretch, runs: readonly TrackTimeline[]): GapCause => {
  const knows = (of: (run: TrackTimeline) => readonly Stretch[]): boolean =>
    runs.some((run) => sharedPart(gap, of(run)) >= 0.5);
  const caused = (cause: string) => (run: TrackTimeline) => run.gaps.filter((each) => each.cause === cause);
  if (knows(caused('no-key-frame'))) return 'no-key-frame';
  if (knows((run) => (run.killed ? caused('segment-lost')(run) : []))) return 'crash';
  return 'lost';
};

/** Parts of a published track's gap during which nothing came of its anchor have another cause than the rest. */
const causesWhilePublished = (gap: Stretch, facts: TrackFacts): Part[] => {
  const { name, runs, failures, reception } = facts;
  const failed = failures.find((failure) => sharedPart(gap, [failure]) >= 0.5);
  if (failed !== undefined) return [{ ...gap, cause: failed.cause }];
  const own = journaledCause(gap, runs);
  if (lengthMs(gap) < SHORTEST_MS) return [{ ...gap, cause: own }];
  const silent = subtract([gap], reception.ofSameAnchor(name)).flatMap((part) => {
    const cause = reception.disconnected(name, part, true);
    return cause === undefined ? [] : [{ ...part, cause }];
  });
  const rest = subtract([gap], silent).map((part) => ({ ...part, cause: own }));
  return [...silent, ...rest].sort((a, b) => a.startMs - b.startMs);
};

/** Slivers beside a longer part are the error of the clocks. */
const SLIVER_MS = 300;

const joined = (parts: readonly Part[]): Part[] => {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    const touches = last !== undefined && part.startMs <= last.endMs;
    if (touches && (last.cause === part.cause || lengthMs(part) < SLIVER_MS))
      result[result.length - 1] = { ...last, endMs: Math.max(last.endMs, part.endMs) };
    else if (touches && lengthMs(last) < SLIVER_MS) result[result.length - 1] = { ...part, startMs: last.startMs };
    else result.push(part);
  }
  return result;
};

/**
 * Accounts for every moment of a published track: it is present, or in exactly one gap with its cause. Everything else
 * that is told of missing media is computed from this list.
 */
export const accountFor = (facts: TrackFacts): TrackAccount => {
  const { name, states } = facts;
  const { kind } = name;
  const captured = presentOf(facts);
  const held = kind === 'video' ? heldFrames(facts, captured) : [];
  const present = union([...captured, ...held.filter(({ isStill }) => isStill)]);
  const published = accountedTime(facts, present);
  const gaps = subtract(published, present).flatMap((gap) =>
    joined(
      partsOf(gap, states).flatMap((part) => (part.cause === undefined ? causesWhilePublished(part, facts) : [part])),
    ).map(({ startMs, endMs, cause = 'lost' }): Gap => ({ startMs, endMs, kind, cause })),
  );
  return {
    kind,
    published,
    present: present.flatMap((part) => published.flatMap((all) => within([part], all))),
    gaps,
    held,
  };
};

/** The same account, with what turned out to be damaged when the file was made: arrived, and of no use. */
export const withUndecodable = (account: TrackAccount, damaged: readonly Stretch[]): TrackAccount => {
  if (damaged.length === 0) return account;
  const { kind, present } = account;
  const undecodable = damaged.flatMap((each) => within(present, each));
  const gaps = [...account.gaps, ...undecodable.map((each) => ({ ...each, kind, cause: 'undecodable' as const }))];
  return { ...account, present: subtract(present, undecodable), gaps: gaps.sort((a, b) => a.startMs - b.startMs) };
};
