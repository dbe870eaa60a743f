import type { RecordingResult, ResultFile, RoomEvent } from '@trtc-recorder/contracts';
import type { FilePlan, JournalEntry, NeverArrived, ProducedFile, Take } from '@trtc-recorder/media';
import { AppError } from '@trtc-recorder/runtime';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import type { Job, Place, Ports, RoomListener } from '../src/ports.ts';

export const recording = {
  requestId: 'r1',
  sdkAppId: 1400000000,
  room: { type: 'int' as const, id: 43474 },
  userId: 'recorder',
  mode: '02' as const,
  cos: { region: 'ap-shanghai', bucket: 'test-123456789', path: '/trtc' },
  submittedAt: 0,
};

export const plan = (userId: string): FilePlan =>
  ({ userId, stream: 'main', startMs: 1_000, endMs: 11_000, container: 'mp4', gaps: [] }) as unknown as FilePlan;

/** A job whose state lives in memory, as the queue keeps it in Redis. */
export function fakeJob(state: Partial<RecordingState> = {}): Job & { lines: string[]; abort(reason: unknown): void } {
  const controller = new AbortController();
  const lines: string[] = [];
  let current: RecordingState = { step: 'join', takes: 0, files: [], ...state };
  return {
    recording,
    secrets: { userSig: 'sig' },
    attempt: 1,
    crashes: 0,
    clock: { aheadMs: undefined },
    signal: controller.signal,
    lines,
    abort: (reason) => controller.abort(reason),
    get state() {
      return current;
    },
    save: (patch) => {
      current = { ...current, ...patch };
      return Promise.resolve();
    },
    progress: () => Promise.resolve(),
    log: (line) => {
      lines.push(line);
      return Promise.resolve();
    },
    stopRequested: false,
    handBack: (delayMs) => Promise.reject(new Interruption('handed-back', delayMs)),
  };
}

export interface World {
  /** What each join does, in order; the last one goes on for all further ones. */
  joins: ((listener: RoomListener) => RoomEvent[])[];
  plans: FilePlan[];
  neverArrived: NeverArrived[];
  journal: JournalEntry[];
  produce: (plan: FilePlan) => ProducedFile;
  upload: (key: string) => void;
  /** The same for a backup bucket; left out: there is none. */
  backup: (key: string) => void;
  /** What was kept of delivered recordings, by RequestId; left out: nothing, and nothing is found. */
  receipts: Map<string, RecordingState>;
  now: () => number;
  steady: () => number;
}

/** Ports over a made-up world, with a record of what was done to it. */
export function fakePorts(world: Partial<World> = {}): Ports & { done: string[] } {
  const done: string[] = [];
  let joins = 0;
  let takes = 0;
  const { plans = [plan('anna')], neverArrived = [], joins: scripted = [() => [kicked]] } = world;
  const place = (path: string, upload?: (key: string) => void): Place => ({
    name: path,
    key: (p) => `${path}/${p.userId}.mp4`,
    timelineKey: () => `${path}/timeline.json`,
    upload: async (_, key) => {
      done.push(`upload ${key}`);
      await Promise.resolve();
      upload?.(key);
      return { url: `https://cos/${key}`, etag: '"e"', size: 100 };
    },
    abortUploads: () => {
      done.push(`abort uploads in ${path}`);
      return Promise.resolve(0);
    },
  });
  const produce = world.produce ?? ((p: FilePlan) => produced(p));
  const take = (number: number): Take => ({
    number,
    frame: () => undefined,
    event: () => undefined,
    ended: () => undefined,
    stats: () => ({ anchors: 1, bytes: 10, frames: 1, openTracks: 1 }),
    close: (reason) => {
      done.push(`take ${number} closed: ${reason}`);
      return Promise.resolve();
    },
  });
  return {
    done,
    userSig: () => 'sig',
    now: world.now ?? (() => Date.now()),
    steady: world.steady ?? world.now ?? (() => Date.now()),
    settings: {
      workerId: 'w1',
      noAnchorMs: 300_000,
      maxDurationMs: 86_400_000,
      transcodeParallel: 2,
      keepSpool: false,
      delivery: {
        backoff: { firstMs: 30_000, maxMs: 900_000, jitter: 0 },
        giveUpMs: 86_400_000,
        spoolAwayMs: 86_400_000,
        backupAfterRounds: 2,
      },
    },
    rooms: {
      join: (_, listener) => {
        const script = scripted[Math.min(joins, scripted.length - 1)]!;
        joins += 1;
        done.push('join');
        return new Promise((resolve) => {
          const events = script(listener);
          resolve({
            sharedFate: () => false,
            requestKeyFrame: (tap) => done.push(`key frame of ${tap}`),
            leave: () => {
              done.push('leave');
              return Promise.resolve();
            },
          });
          setImmediate(() => {
            for (const event of events) listener.onEvent(event);
          });
        });
      },
    },
    spools: {
      open: () =>
        Promise.resolve({
          dir: '/nowhere',
          name: '00000000000000aa',
          startTake: () => {
            takes += 1;
            return Promise.resolve(take(takes));
          },
          claim: () => Promise.resolve(),
          keepEnding: () => Promise.resolve(),
          recover: () => Promise.resolve(),
          journal: () => Promise.resolve(world.journal ?? [takeEntry]),
          strays: () => Promise.resolve([]),
          remove: () => {
            done.push('spool removed');
            return Promise.resolve();
          },
        }),
    },
    receipts: {
      keep: ({ recording: { requestId }, state }) => Promise.resolve(void world.receipts?.set(requestId, state)),
      find: ({ recording: { requestId } }) => Promise.resolve(world.receipts?.get(requestId) ?? null),
    },
    copies: {
      place: () => undefined,
      begin: () => () => Promise.resolve(),
      restore: () => Promise.resolve(),
      remove: () => {
        done.push('copies removed');
        return Promise.resolve();
      },
    },
    files: {
      plan: () => Promise.resolve(plans),
      neverArrived: () => neverArrived,
      writeTimeline: (_, { files }) => {
        done.push(`timeline of ${files.length}`);
        return Promise.resolve('/nowhere/timeline.json');
      },
      produce: (p) => {
        done.push(`produce ${p.userId}`);
        return Promise.resolve().then(() => produce(p));
      },
    },
    machine: { examine: () => Promise.resolve(false) },
    store: {
      places: () => {
        const backup = world.backup === undefined ? null : place('backup', world.backup);
        return { first: place('trtc', world.upload), backup };
      },
    },
  };
}

export const produced = (p: FilePlan): ProducedFile => ({
  path: `/nowhere/${p.userId}.mp4`,
  size: 100,
  durationMs: 10_000,
  startMs: p.startMs,
  endMs: p.endMs,
  quality: { LostMs: 0, HeldMs: 0, SilenceMs: 0, ReencodedMs: 0, SkewMs: 0 },
  undecodable: [],
});

export const kicked: RoomEvent = { type: 'kicked', at: 1, reason: 'banned' };
export const crashed: RoomEvent = { type: 'crashed', at: 1, message: 'the page died' };
export const offline = (): RoomEvent[] => {
  throw new AppError('JoinFailed', 'the room could not be joined (5500): Failed to fetch');
};
export const refuse = (): RoomEvent[] => {
  throw new AppError('JoinRefused', 'UserSig expired (70001)');
};
export const messages = (result: RecordingResult): string[] => result.Files.map((file: ResultFile) => file.Message);

const takeEntry: JournalEntry = { at: 0, type: 'take', take: 1, worker: 'w1', mode: '02' };
