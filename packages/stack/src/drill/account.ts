import type { ReceivedCallback } from '../receiver.ts';
import type { Aims } from './drill.ts';
import { promiseOf, type DrilledRecording } from './drilled-recording.ts';
import type { Measured } from './truth/measure.ts';

/** One line of `npm run drill -- --json`. */
export interface Summary {
  readonly drill: string;
  readonly runs: number;
  readonly recordingsLost: number;
  readonly mediaLostMsMax: number;
  readonly gapMsMax: number;
  /** Of the worst recording: by how much its files and its gaps together differ from what was sent. */
  readonly accountErrorMsMax: number;
  readonly callbacksLost: number;
  readonly callbacksDuplicate: number;
  readonly orphans: number;
}

/** What became of everything a drill began. */
export interface Account extends Summary {
  readonly recordings: number;
  readonly delivered: number;
  /** ms of media that were promised, that are in the files, that had reached a recorder and are not. */
  readonly publishedMs: number;
  readonly deliveredMs: number;
  readonly mediaLostMs: number;
  readonly gapMs: readonly number[];
  readonly skewMsMax: number;
  /** POSTs made, taken by the receiver, and of these taken again. */
  readonly callbacksSent: number;
  readonly callbacksReceived: number;
  /** How often which step was struck. */
  readonly struckSteps: ReadonlyMap<string, number>;
  readonly leftovers: readonly string[];
  /** What was otherwise than it should be, in words; none: the aims were reached. */
  readonly findings: readonly string[];
}

/** A recording with what its files hold; `measured` is null when there are none. */
export interface Outcome {
  readonly recording: DrilledRecording;
  readonly measured: Measured | null;
  readonly attempts: number;
}

export interface AccountInput {
  readonly drill: string;
  readonly runs: number;
  readonly aims: Aims;
  readonly outcomes: readonly Outcome[];
  readonly received: readonly ReceivedCallback[];
  readonly posts: number;
  readonly struckSteps: ReadonlyMap<string, number>;
  readonly leftovers: readonly string[];
  readonly findings: readonly string[];
}

/** Further than this apart, picture and sound are out of step, ms. */
const IN_STEP_MS = 120;
/** Files and gaps together are what was sent, to this, ms. */
const ACCOUNTED_MS = 100;

export function accountOf(input: AccountInput): Account {
  const { outcomes, received, leftovers } = input;
  const holes = outcomes.flatMap(({ measured }) => measured?.holes ?? []);
  const ours = received.filter(({ result }) =>
    outcomes.some(({ recording }) => recording.requestId === result.RequestId),
  );
  const distinct = new Set(ours.map(({ result }) => result.RequestId)).size;
  const lost = outcomes.flatMap(lostBecause);
  const sum = (of: (measured: Measured) => number) =>
    outcomes.reduce((total, { measured }) => total + (measured === null ? 0 : of(measured)), 0);
  const figures = {
    recordings: outcomes.length,
    delivered: outcomes.length - lost.length,
    publishedMs: sum(({ publishedMs }) => publishedMs),
    deliveredMs: sum(({ deliveredMs }) => deliveredMs),
    mediaLostMs: holes.reduce((total, { lostMs }) => total + lostMs, 0),
    gapMs: holes.map(({ gapMs }) => gapMs).filter((gap) => gap > 0),
    skewMsMax: Math.max(0, ...outcomes.map(({ measured }) => Math.abs(measured?.skewMs ?? 0))),
    recordingsLost: lost.length,
    mediaLostMsMax: worst(holes.map(({ lostMs }) => lostMs)),
    gapMsMax: worst(holes.map(({ gapMs }) => gapMs)),
    accountErrorMsMax: worst(outcomes.map(({ measured }) => measured?.accountErrorMs ?? 0)),
    callbacksSent: input.posts,
    callbacksReceived: ours.length,
    callbacksLost: outcomes.length - distinct,
    callbacksDuplicate: ours.length - distinct,
    orphans: leftovers.length,
  };
  const findings = [...input.findings, ...lost, ...missed(figures, input)];
  const { drill, runs, struckSteps } = input;
  return { drill, runs, ...figures, struckSteps, leftovers, findings };
}

const worst = (values: readonly number[]): number => Math.round(Math.max(0, ...values));

/** Why a recording counts as lost; nothing, when what it should deliver is there. */
function lostBecause({ recording, measured }: Outcome): string[] {
  const { requestId, callback } = recording;
  if (callback === undefined) return [`${requestId}: no result`];
  const { Files: files, Reason: reason, Message: message } = callback.result;
  if (reason === 'failed') return [`${requestId}: ${message}`];
  const failed = files.find(({ Status }) => Status === 0);
  if (failed !== undefined) return [`${requestId}: ${failed.Message}`];
  if (files.length > 0 && promiseOf(recording) !== null && measured?.accountErrorMs === null)
    return [`${requestId}: no timeline to hold its files against`];
  if (files.length === 0 && promiseOf(recording) !== null) return [`${requestId}: no file`];
  return measured?.complaints.length ? [`${requestId}: ${measured.complaints.join('; ')}`] : [];
}

type Figures = Pick<
  Account,
  'mediaLostMsMax' | 'gapMsMax' | 'accountErrorMsMax' | 'callbacksLost' | 'callbacksDuplicate' | 'orphans' | 'skewMsMax'
>;

/** The aims that were missed. */
function missed(figures: Figures, { aims, outcomes, received }: AccountInput): string[] {
  const over = (what: string, value: number, aim: number | undefined): string[] =>
    aim !== undefined && value > aim ? [`${what}: ${Math.round(value)} ms, the aim is ${aim} ms`] : [];
  const beeps = outcomes.reduce((sum, { measured }) => sum + (measured?.beepsMissing ?? 0), 0);
  const attempts = aims.failedAttempts === false ? outcomes.filter(({ attempts: made }) => made > 1).length : 0;
  return [
    ...over(`media lost${whose(outcomes, 'lostMs')}`, figures.mediaLostMsMax, aims.mediaLostMs),
    ...over(`gap${whose(outcomes, 'gapMs')}`, figures.gapMsMax, aims.gapMs),
    ...over('files and gaps against what was sent', figures.accountErrorMsMax, aims.accountErrorMs ?? ACCOUNTED_MS),
    ...over('sound out of step', figures.skewMsMax, aims.skewMs ?? IN_STEP_MS),
    ...(beeps > 0 ? [`${beeps} seconds have their picture and not their sound`] : []),
    ...(figures.callbacksLost > 0 ? [`${figures.callbacksLost} callbacks lost`] : []),
    ...(figures.callbacksDuplicate > 0 && aims.repeatedCallbacks !== true
      ? [`${figures.callbacksDuplicate} callbacks came twice`]
      : []),
    ...otherEventIds(received),
    ...(attempts > 0 ? [`${attempts} recordings needed a further attempt`] : []),
    ...(figures.orphans > 0 ? [`${figures.orphans} orphans`] : []),
  ];
}

/** The recording with the worst hole, and where it lies in its anchor's media: where to look. */
function whose(outcomes: readonly Outcome[], what: 'lostMs' | 'gapMs'): string {
  const all = outcomes.flatMap(({ recording, measured }) =>
    (measured?.holes ?? []).map((hole) => ({ requestId: recording.requestId, hole })),
  );
  const [worst] = all.sort((one, other) => other.hole[what] - one.hole[what]);
  if (worst === undefined) return '';
  const { requestId, hole } = worst;
  return ` (${requestId}, media ${Math.round(hole.fromMs)} to ${Math.round(hole.toMs)} ms)`;
}

/** A repetition is known by its event id, and has the same bytes. */
function otherEventIds(received: readonly ReceivedCallback[]): string[] {
  const first = new Map<string, ReceivedCallback>();
  const others: string[] = [];
  for (const callback of received) {
    const { RequestId: requestId } = callback.result;
    const before = first.get(requestId);
    if (before === undefined) first.set(requestId, callback);
    else if (before.headers['x-event-id'] !== callback.headers['x-event-id'] || before.body !== callback.body)
      others.push(`${requestId}: its callback was repeated with another event id or body`);
  }
  return others;
}
