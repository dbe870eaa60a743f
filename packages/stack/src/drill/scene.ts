import type { State, Step } from '@trtc-recorder/contracts';
import { sleep, type Releasers } from '@trtc-recorder/runtime';
import type { ApiClient } from '../api-client.ts';
import type { Caller } from '../caller.ts';
import type { Child } from '../child.ts';
import type { Receiver } from '../receiver.ts';
import type { SandboxClient } from '../sandbox-client.ts';
import type { Stack } from '../stack.ts';
import { waitFor } from '../wait-for.ts';
import { boardCallbacks, promoteCallback, type BoardCallback, type CallbackState } from './board.ts';
import { ANCHOR, CLIP, type DrilledClip, type DrilledRecording } from './drilled-recording.ts';
import type { Random } from './random.ts';

export interface SceneParts {
  readonly stack: Stack;
  readonly caller: Caller;
  readonly random: Random;
  /** Tells the person who watches. */
  readonly say: (line: string) => void;
  /** What is to be released when the stack has ended. */
  readonly afterwards: Releasers;
}

/** Beeps of the anchors, Hz: one room's must not turn up in another's file. */
const FREQUENCIES = [440, 660] as const;
const FIRST_ROOM = 7001;
/** Patience with joins on a busy machine and with locks that have to run out. */
const PATIENCE = { withinMs: 90_000, everyMs: 100 };
/** The line of a recording's log that each take begins with. */
const IN_THE_ROOM = 'capture: in the room';

/** A running product with the recordings of one drill: what a drill does, it does through this. */
export class Scene {
  readonly stack: Stack;
  readonly caller: Caller;
  readonly receiver: Receiver;
  readonly random: Random;
  readonly say: (line: string) => void;
  readonly afterwards: Releasers;
  readonly api: ApiClient;
  readonly sandbox: SandboxClient;
  readonly recordings: DrilledRecording[] = [];
  /** What went otherwise than it should, in words: each fails the drill. */
  readonly findings: string[] = [];
  /** How often which step was struck. */
  readonly struckSteps = new Map<Step | State, number>();
  /** Roots of spools elsewhere than in the stack's directory. */
  readonly otherSpools: string[] = [];
  #rooms = 0;

  constructor({ stack, caller, random, say, afterwards }: SceneParts) {
    this.stack = stack;
    this.caller = caller;
    this.receiver = caller.receiver;
    this.api = caller.api;
    this.sandbox = caller.sandbox;
    this.random = random;
    this.say = say;
    this.afterwards = afterwards;
  }

  /** Another worker: a process never has the name of one before it. */
  startWorker(env: Readonly<Record<string, string>> = {}): Promise<Child> {
    return this.stack.startWorker(`worker-${this.stack.workers.length + 1}`, env);
  }

  /** The running worker that has a recording. */
  async workerOf({ requestId }: DrilledRecording): Promise<Child | undefined> {
    const { Worker } = await this.api.status(requestId);
    return this.stack.workers.find(({ name, running }) => running && name === Worker);
  }

  /** An anchor enters a room of its own, and its recording is asked for until it is accepted. */
  async enter(clip: DrilledClip = CLIP): Promise<DrilledRecording> {
    const number = (this.#rooms += 1);
    const room = { type: 'int', id: FIRST_ROOM + number } as const;
    const freq = FREQUENCIES[number % FREQUENCIES.length] ?? FREQUENCIES[0];
    await this.sandbox.addAnchors(room, { userId: ANCHOR, clip: { ...clip, freq } });
    const mediaStart = await this.sandbox.mediaStartMs(room, ANCHOR);
    const request = this.caller.request({ RoomId: room.id, UserId: 'recorder', Mode: '02' });
    // A caller that gets no answer asks again, with the same key.
    const submit = () => this.api.submit(request, { 'idempotency-key': `drill-${room.id}` });
    const requestId = await waitFor('a request to be accepted', submit, PATIENCE);
    const recording: DrilledRecording = { requestId, room, freq, mediaStart, strikes: [] };
    this.recordings.push(recording);
    return recording;
  }

  /** Waits until the API says that the anchor is captured; from then on its media are promised. */
  async captured(recording: DrilledRecording): Promise<DrilledRecording> {
    const { requestId } = recording;
    const captures = async () => {
      const { Progress: progress, State: state, Error: error } = await this.api.status(requestId);
      if (state === 'failed') return { error: error ?? 'it failed' };
      return progress?.Step === 'capture' && progress.Anchors > 0 ? { error: undefined } : undefined;
    };
    const { error } = await waitFor(`${requestId} to capture`, captures, PATIENCE);
    if (error !== undefined) throw new Error(`${requestId}: ${error}`);
    recording.promisedFrom ??= Date.now();
    return recording;
  }

  /** Some recordings that have been captured for `ms`. */
  async capturing(count: number, ms: number, clip?: DrilledClip): Promise<DrilledRecording[]> {
    const entered = await Promise.all(Array.from({ length: count }, async () => this.captured(await this.enter(clip))));
    await sleep(ms);
    return entered;
  }

  /** How many takes have been in the room so far. */
  async takes({ requestId }: DrilledRecording): Promise<number> {
    return (await this.api.logs(requestId)).filter((line) => line.includes(IN_THE_ROOM)).length;
  }

  /** Waits for a take beyond the `before` that there were. */
  inTheRoomAgain(recording: DrilledRecording, before: number): Promise<void> {
    return this.someInTheRoomAgain([recording], [before], 1);
  }

  /** Waits until so many of the recordings have a take beyond the `before` that there were of each. */
  async someInTheRoomAgain(
    recordings: readonly DrilledRecording[],
    before: readonly number[],
    count: number,
  ): Promise<void> {
    const again = async () => {
      const takes = await Promise.all(recordings.map((recording) => this.takes(recording)));
      return takes.filter((now, index) => now > (before[index] ?? 0)).length >= count || undefined;
    };
    const names = recordings.map(({ requestId }) => requestId).join(', ');
    await waitFor(`${count} of ${names} to be in the room again`, again, PATIENCE);
  }

  /** Notes which step each recording is in, and the moment, and does it. */
  async strike(recordings: readonly DrilledRecording[], act: () => void | Promise<void>): Promise<void> {
    for (const { requestId } of recordings) await this.noteStep(requestId);
    const now = Date.now();
    for (const { strikes } of recordings) strikes.push(now);
    await act();
  }

  /** Counts the step that a recording is in, for the account. */
  async noteStep(requestId: string): Promise<void> {
    const step = await this.stepOf(requestId);
    this.struckSteps.set(step, (this.struckSteps.get(step) ?? 0) + 1);
  }

  /** The step of a recording that runs; else its state. */
  async stepOf(requestId: string): Promise<Step | State> {
    const { State: state, Progress: progress } = await this.api.status(requestId);
    return state === 'running' ? (progress?.Step ?? 'join') : state;
  }

  /** Asks for the end, until the API has heard it. The media until the first asking are promised. */
  async stop(recording: DrilledRecording): Promise<void> {
    recording.promisedTo ??= Date.now();
    const stopped = () => this.api.stop(recording.requestId).then(() => true);
    await waitFor(`${recording.requestId} to be stopped`, stopped, PATIENCE);
  }

  /** Waits for the callback. */
  async ended(recording: DrilledRecording, withinMs = PATIENCE.withinMs): Promise<void> {
    recording.callback = await this.receiver.callbackOf(recording.requestId, withinMs);
  }

  async finish(recording: DrilledRecording): Promise<void> {
    await this.stop(recording);
    await this.ended(recording);
  }

  /** The callbacks in some states. */
  callbacks(states: readonly CallbackState[]): Promise<BoardCallback[]> {
    return boardCallbacks(this.stack.apiUrl, states);
  }

  /** Has a delayed callback sent now. */
  promote(requestId: string): Promise<void> {
    return promoteCallback(this.stack.apiUrl, requestId);
  }
}
