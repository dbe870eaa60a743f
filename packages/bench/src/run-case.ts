import type { RecordingResult, ResultFile, Room } from '@trtc-recorder/contracts';
import { sleep } from '@trtc-recorder/runtime';
import type { Delivery } from '@trtc-recorder/sandbox';
import type { Caller } from '@trtc-recorder/stack';
import type { BenchAnchor } from './anchors/anchor.ts';
import type { Action, AnchorSetup, BenchCase, Step } from './case.ts';
import { Diary, type Sent } from './diary.ts';

/** Where cases are played. */
export interface Stage {
  readonly caller: Caller;
  readonly anchor: (room: Room, setup: AnchorSetup) => BenchAnchor;
}

/** What became of a case: what was sent, what the recorder was sent of it, what was delivered. */
export interface CaseRun {
  readonly benchCase: BenchCase;
  readonly result: RecordingResult;
  readonly log: readonly string[];
  /** By the anchors' own diaries. */
  readonly sent: readonly Sent[];
  readonly deliveries: readonly Delivery[];
  /** The recorder captures since then, ms since the Unix epoch. */
  readonly sinceMs: number;
  /** When it was asked to stop; where the way is longer, what was sent until then had arrived. */
  readonly stoppedMs: number;
  /** When the network of an anchor, or of the recorder, was dead. */
  readonly cuts: readonly Cut[];
  readonly localPath: (file: Pick<ResultFile, 'RecordFile'>) => string;
}

/** A time in which nothing passed, ms since the Unix epoch. */
export interface Cut {
  /** Left out: all anchors' media, on the recorder's side. */
  readonly userId?: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const RECORDER = 'recorder';
const RESULT_WITHIN_MS = 180_000;

/** One anchor with its diary. */
class Player {
  readonly setup: AnchorSetup;
  readonly diary: Diary;
  readonly cuts: Cut[] = [];
  readonly #anchor: BenchAnchor;

  constructor(setup: AnchorSetup, anchor: BenchAnchor) {
    this.setup = setup;
    this.diary = new Diary(setup);
    this.#anchor = anchor;
  }

  async act(action: Action): Promise<void> {
    const givenMs = Date.now();
    await this.#anchor.act(action);
    const doneMs = Date.now();
    if (action.do === 'cut')
      this.cuts.push({ userId: this.setup.userId, fromMs: givenMs, toMs: doneMs + action.forMs });
    const mediaStartMs = action.do === 'leave' ? 0 : await this.#anchor.mediaStartMs();
    this.diary.note(action, { givenMs, doneMs, mediaStartMs });
  }

  close(): Promise<void> {
    return this.#anchor.close();
  }
}

/** Plays a case in a room of its own: anchors enter, a recording captures, they act, it is stopped. */
export async function runCase({ caller, anchor }: Stage, benchCase: BenchCase): Promise<CaseRun> {
  const room: Room = { type: 'string', id: `bench ${benchCase.name}` };
  const players = benchCase.anchors.map((setup) => new Player(setup, anchor(room, setup)));
  try {
    if (benchCase.network !== undefined) await caller.sandbox.impair(room, RECORDER, 'down', benchCase.network);
    await Promise.all(players.map((player) => player.act({ do: 'enter' })));
    const request = caller.request({ StrRoomId: room.id, UserId: RECORDER, Mode: '02' });
    const requestId = await caller.api.submit(request);
    await caller.capturing(requestId, { anchors: players.length });
    const sinceMs = Date.now();
    const [, , recorderCuts] = await Promise.all([
      act(players, benchCase, sinceMs),
      lengthen(caller, room, benchCase, sinceMs),
      cutRecorder(caller, room, benchCase, sinceMs),
    ]);
    const cuts = [...recorderCuts, ...players.flatMap((player) => player.cuts)];
    // What is still on its way then isn't recorded.
    const stoppedMs = Date.now() - (benchCase.longer?.delayMs ?? 0) - (benchCase.network?.jitterMs ?? 0);
    for (const { diary } of players) diary.end(stoppedMs);
    await caller.api.stop(requestId);
    const result = await caller.result(requestId, RESULT_WITHIN_MS);
    const deliveries = await caller.sandbox.deliveries(room, RECORDER);
    const log = await caller.api.logs(requestId);
    const sent = players.flatMap(({ diary }) => diary.sent);
    const moments = { sinceMs, stoppedMs, cuts };
    return { benchCase, result, log, sent, deliveries, ...moments, localPath: (file) => caller.localPath(file) };
  } finally {
    await Promise.all(players.map((player) => player.close()));
    await caller.sandbox.dismiss(room);
  }
}

async function lengthen({ sandbox }: Caller, room: Room, { longer }: BenchCase, sinceMs: number): Promise<void> {
  if (longer === undefined) return;
  await sleep(Math.max(0, sinceMs + longer.atS * 1000 - Date.now()));
  await sandbox.impair(room, RECORDER, 'down', { delayMs: longer.delayMs });
}

async function cutRecorder({ sandbox }: Caller, room: Room, { cut }: BenchCase, sinceMs: number): Promise<Cut[]> {
  if (cut === undefined) return [];
  await sleep(Math.max(0, sinceMs + cut.atS * 1000 - Date.now()));
  const fromMs = Date.now();
  await sandbox.cut(room, RECORDER, cut.forMs);
  return [{ fromMs, toMs: Date.now() + cut.forMs }];
}

/** Everything at its time, then the rest of the case's length. */
async function act(players: readonly Player[], { steps = [], seconds }: BenchCase, sinceMs: number): Promise<void> {
  const until = (atS: number) => sleep(Math.max(0, sinceMs + atS * 1000 - Date.now()));
  const inOrder: readonly Step[] = steps.toSorted((a, b) => a.atS - b.atS);
  for (const { atS, userId, action } of inOrder) {
    await until(atS);
    await players.find(({ setup }) => setup.userId === userId)?.act(action);
  }
  await until(seconds);
}
