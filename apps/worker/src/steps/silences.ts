import type { Frame, GapCause } from '@trtc-recorder/contracts';
import type { ReportedGap } from './gap-lines.ts';

/** A track whose frames come closer than this shows it when none come. */
const LIVELY_MS = 500;
const ENOUGH_FRAMES = 5;
/** Silence is this long at least, and so many times the usual interval: discontinuous audio sends a packet in 400 ms. */
const SHORTEST_MS = 1_200;
const INTERVALS = 4;
/** How fast the usual interval follows. */
const WEIGHT = 0.1;

interface Track {
  readonly userId: string;
  readonly name: string;
  frames: number;
  lastMs: number;
  intervalMs: number;
  /** Media is missing since then. */
  sinceMs: number | undefined;
  endedMs: number | undefined;
  reported: boolean;
}

type IsDown = (silence: { readonly sinceMs: number }) => boolean;
type Open = Omit<ReportedGap, 'untilMs'>;

/** The tracks of which media should come, and since when none does. */
export class Silences {
  readonly #tracks = new Map<string, Track>();

  frame({ userId, stream, kind, receivedAt }: Frame): void {
    // A screen may stand still at any moment.
    if (stream === 'sub') return;
    const key = JSON.stringify([userId, stream, kind]);
    const track = this.#tracks.get(key) ?? newTrack(userId, `${stream} ${kind}`, receivedAt);
    this.#tracks.set(key, track);
    const apartMs = receivedAt - track.lastMs;
    if (isLively(track) && apartMs > silentMs(track)) track.sinceMs ??= track.lastMs;
    else if (apartMs > 0) track.intervalMs += (apartMs - track.intervalMs) * (track.frames < 2 ? 1 : WEIGHT);
    if (track.sinceMs !== undefined) track.endedMs ??= receivedAt;
    track.frames += 1;
    track.lastMs = Math.max(track.lastMs, receivedAt);
  }

  /** The track, or all of the user, is not published any more. Since when nothing had come, if that was for long. */
  forget(userId: string, stream?: string, kind?: string): number | undefined {
    let sinceMs: number | undefined;
    for (const [key, track] of this.#tracks) {
      if (track.userId !== userId || (stream !== undefined && track.name !== `${stream} ${kind ?? ''}`)) continue;
      this.#tracks.delete(key);
      sinceMs = Math.max(sinceMs ?? -Infinity, track.lastMs);
    }
    return sinceMs;
  }

  clear(): void {
    this.#tracks.clear();
  }

  /** Silences that ended by `byMs`, each reported once and as one where they are one. */
  ended(byMs: number, isDown: IsDown): ReportedGap[] {
    const lively = [...this.#tracks.values()].filter(isLively);
    const over = lively.filter(({ endedMs }) => endedMs !== undefined && endedMs <= byMs);
    if (over.length === 0) return [];
    const gaps = this.#grouped(lively, over, isDown);
    for (const track of over) Object.assign(track, { sinceMs: undefined, endedMs: undefined, reported: false });
    return gaps;
  }

  /** Silences that have lasted for `longMs` and were not reported yet. */
  long(now: number, longMs: number, isDown: IsDown): Open[] {
    const lively = [...this.#tracks.values()].filter(isLively);
    for (const track of lively) if (now - track.lastMs > silentMs(track)) track.sinceMs ??= track.lastMs;
    const long = lively.filter(
      ({ sinceMs, endedMs, reported }) =>
        sinceMs !== undefined && endedMs === undefined && !reported && now - sinceMs >= longMs,
    );
    if (long.length === 0) return [];
    const gaps = this.#grouped(lively, long, isDown);
    for (const track of long) track.reported = true;
    return gaps.map(({ sinceMs, cause, userId, track }) => ({ sinceMs, cause, userId, track }));
  }

  /** Silent tracks as gaps of all anchors, of one anchor, or of one track. */
  #grouped(lively: readonly Track[], silent: readonly Track[], isDown: IsDown): ReportedGap[] {
    const everyTrack = (userId: string) => lively.filter((track) => track.userId === userId);
    const isAllSilent = (userId: string) => everyTrack(userId).every(({ sinceMs }) => sinceMs !== undefined);
    const anchors = [...new Set(silent.map(({ userId }) => userId))];
    const all = [...new Set(lively.map(({ userId }) => userId))];
    const bounds = boundsOf(silent);
    if (all.every(isAllSilent) && (all.length > 1 || isDown(bounds)))
      return [restFrom(lively, { ...bounds, cause: 'recorder-disconnected' })];
    return anchors.flatMap((userId) => {
      const own = silent.filter((track) => track.userId === userId);
      const cause: GapCause =
        isDown(boundsOf(own)) && all.length === 1 ? 'recorder-disconnected' : 'anchor-disconnected';
      if (isAllSilent(userId)) return [restFrom(everyTrack(userId), { ...boundsOf(own), cause, userId })];
      return own.map((track) => ({ ...boundsOf([track]), cause: 'lost' as const, userId, track: track.name }));
    });
  }
}

const newTrack = (userId: string, name: string, atMs: number): Track => ({
  ...{ userId, name, frames: 0, lastMs: atMs, intervalMs: 0 },
  ...{ sinceMs: undefined, endedMs: undefined, reported: false },
});

const isLively = ({ frames, intervalMs }: Track): boolean => frames >= ENOUGH_FRAMES && intervalMs < LIVELY_MS;

const silentMs = ({ intervalMs }: Track): number => Math.max(SHORTEST_MS, intervalMs * INTERVALS);

const boundsOf = (tracks: readonly Track[]): { readonly sinceMs: number; readonly untilMs: number } => ({
  sinceMs: tracks.reduce((low, { sinceMs = Infinity }) => Math.min(low, sinceMs), Infinity),
  untilMs: tracks.reduce((low, { endedMs = Infinity }) => Math.min(low, endedMs), Infinity),
});

/** What is silent still is so from the end of the reported gap on. */
const restFrom = (tracks: readonly Track[], gap: ReportedGap): ReportedGap => {
  if (Number.isFinite(gap.untilMs))
    for (const track of tracks)
      if (track.sinceMs !== undefined && track.endedMs === undefined)
        track.sinceMs = Math.max(track.sinceMs, gap.untilMs);
  return gap;
};
