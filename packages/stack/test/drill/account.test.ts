import { describe, expect, test } from '@jest/globals';
import type { RecordingResult } from '@trtc-recorder/contracts';
import { accountOf, type AccountInput, type Outcome } from '../../src/drill/account.ts';
import { readable, summary } from '../../src/drill/print.ts';
import type { ReceivedCallback } from '../../src/receiver.ts';

const result: RecordingResult = {
  SdkAppId: '1',
  RoomId: '7',
  StrRoomId: '',
  UserId: 'recorder',
  Files: [{ UserId: 'anna', RecordFile: 'http://cos/anna.mp4', Status: 1, Message: 'record success' }],
  RequestId: 'r1',
  Reason: 'stopped',
  Message: 'record success: stopped through the API',
};
const callback = (change: Partial<RecordingResult> = {}, eventId = 'r1.ended'): ReceivedCallback => ({
  headers: { 'x-event-id': eventId },
  body: 'the same',
  result: { ...result, ...change },
});
const hole = (lostMs: number, gapMs: number) => ({ fromMs: 0, toMs: lostMs + gapMs, lostMs, gapMs });
const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  recording: {
    requestId: 'r1',
    room: { type: 'int', id: 7 },
    freq: 440,
    mediaStart: 0,
    promisedFrom: 0,
    promisedTo: 9_000,
    strikes: [],
    callback: callback(),
  },
  measured: {
    publishedMs: 9_000,
    deliveredMs: 7_000,
    holes: [hole(400, 1_600)],
    beepsMissing: 0,
    skewMs: 3,
    accountErrorMs: 34,
    complaints: [],
  },
  attempts: 1,
  ...change,
});
const input = (change: Partial<AccountInput> = {}): AccountInput => ({
  drill: 'kill-worker',
  runs: 1,
  aims: { mediaLostMs: 1_000, gapMs: 2_000, failedAttempts: false },
  outcomes: [outcome()],
  received: [callback()],
  posts: 1,
  struckSteps: new Map([['capture', 1]]),
  leftovers: [],
  findings: [],
  ...change,
});

test('all aims reached: the figures, and nothing found', () => {
  const account = accountOf(input());
  expect(account.findings).toEqual([]);
  expect(summary(account)).toEqual({
    drill: 'kill-worker',
    runs: 1,
    recordingsLost: 0,
    mediaLostMsMax: 400,
    gapMsMax: 1_600,
    accountErrorMsMax: 34,
    callbacksLost: 0,
    callbacksDuplicate: 0,
    orphans: 0,
  });
  expect(readable(account)).toContain('1 started, 1 delivered, 0 lost');
});

describe('an aim that is missed is named', () => {
  const measured = outcome().measured!;
  const { recording } = outcome();
  const failedFile = { UserId: 'anna', RecordFile: '', Status: 0 as const, Message: 'upload fail: gone' };
  test.each<[string, Partial<AccountInput>, RegExp]>([
    [
      'media lost',
      { outcomes: [outcome({ measured: { ...measured, holes: [hole(1_200, 0)] } })] },
      /media lost \(r1, .*\): 1200 ms/,
    ],
    [
      'a long gap',
      { outcomes: [outcome({ measured: { ...measured, holes: [hole(0, 2_500)] } })] },
      /gap \(r1, .*\): 2500 ms/,
    ],
    ['out of step', { outcomes: [outcome({ measured: { ...measured, skewMs: -300 } })] }, /out of step: 300 ms/],
    [
      'a gap that no timeline has',
      { outcomes: [outcome({ measured: { ...measured, accountErrorMs: 400 } })] },
      /files and gaps against what was sent: 400 ms/,
    ],
    [
      'no timeline',
      { outcomes: [outcome({ measured: { ...measured, accountErrorMs: null } })] },
      /no timeline to hold its files against/,
    ],
    ['no sound', { outcomes: [outcome({ measured: { ...measured, beepsMissing: 2 } })] }, /2 seconds/],
    [
      'a file that does not decode',
      { outcomes: [outcome({ measured: { ...measured, complaints: ['x: broken'] } })] },
      /x: broken/,
    ],
    [
      'no callback',
      { received: [], outcomes: [outcome({ recording: { ...recording, callback: undefined! } })] },
      /no result/,
    ],
    [
      'a file not delivered',
      { outcomes: [outcome({ recording: { ...recording, callback: callback({ Files: [failedFile] }) } })] },
      /upload fail/,
    ],
    [
      'no file at all',
      { outcomes: [outcome({ recording: { ...recording, callback: callback({ Files: [] }) } })] },
      /no file/,
    ],
    ['two callbacks', { received: [callback(), callback()] }, /1 callbacks came twice/],
    ['another event id', { received: [callback(), callback({}, 'other')] }, /another event id/],
    ['a further attempt', { outcomes: [outcome({ attempts: 2 })] }, /further attempt/],
    ['something left', { leftovers: ['spool spools/r1'] }, /1 orphans/],
  ])('%s', (_name, change, told) => {
    expect(accountOf(input(change)).findings.join('\n')).toMatch(told);
  });
});

test('a repetition with the same event id may be allowed', () => {
  const aims = { repeatedCallbacks: true };
  const account = accountOf(input({ aims, received: [callback(), callback()] }));
  expect([account.callbacksDuplicate, account.findings]).toEqual([1, []]);
});
