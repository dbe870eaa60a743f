import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  TimelineDocumentSchema,
  type RecordingResult,
  type Room,
  type TimelineDocument,
} from '@trtc-recorder/contracts';
import { sleep } from '@trtc-recorder/runtime';
import { skews, truthOf } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// What happens to the recorder's own network, through to the delivered files: frames keep their owner, what was missed
// is a gap at its place, and everything after it is in step. The rooms run side by side, each with two anchors.
const ANCHORS: Readonly<Record<string, number>> = { anna: 440, bert: 900 };
const RECORDER = 'recorder';
/** Before the fault, and after its end, s. */
const BEFORE_S = 5;
const AFTER_S = 10;

interface Case {
  readonly name: string;
  readonly fault: (room: Room) => Promise<void>;
  /** How long the fault lasts at least, s. */
  readonly lastsS: number;
  /** The longest time between two beeps, which are sent every second, s: at least, at most. */
  readonly silence: readonly [number, number];
  /** Picture against sound, 90 % and all of the events, ms. */
  readonly skewMs: readonly [number, number];
  /** What the job's log says of it, where the SDK notices. */
  readonly log?: RegExp;
}

const tapped: Case[] = [
  {
    name: 'the media path is cut for 3 s',
    fault: (room) => fleet.sandbox.cut(room, RECORDER, 3_000),
    lastsS: 3,
    silence: [3, 8],
    skewMs: [40, 150],
  },
  {
    name: 'the media path is cut for 30 s: the SDK makes a new connection',
    fault: (room) => fleet.sandbox.cut(room, RECORDER, 30_000),
    lastsS: 40,
    silence: [29, 50],
    skewMs: [40, 150],
    log: /media failed[^]*media connected/,
  },
  {
    name: 'the signalling is dropped: media goes on',
    fault: (room) => fleet.sandbox.dropSignalling(room, RECORDER, 4_000),
    lastsS: 6,
    silence: [0, 2.5],
    skewMs: [40, 150],
    log: /DISCONNECTED[^]*CONNECTED/,
  },
  {
    name: 'the server takes the recorder for dead: the SDK joins again',
    fault: (room) => fleet.sandbox.remove(room, RECORDER, 'user_time_out'),
    lastsS: 6,
    silence: [2, 12],
    skewMs: [40, 150],
    log: /DISCONNECTED[^]*CONNECTED/,
  },
];
const deaf: Case = {
  name: 'nothing can be tapped: the second leg encodes what the SDK plays',
  fault: () => Promise.resolve(),
  lastsS: 5,
  silence: [0, 4],
  // It takes pictures and sound where they are played, after jitter buffers that a busy machine fills.
  skewMs: [300, 500],
  log: /no frame can be tapped/,
};
/** A page's script that takes the tap away before the SDK is loaded. */
const DEAF = `Object.defineProperty(RTCRtpReceiver.prototype, 'transform', { get: () => null, set: () => {} });`;

let fleet: Fleet;
let deafening: http.Server | undefined;
const recorded = new Map<string, { result: RecordingResult; timeline: TimelineDocument; log: string }>();

async function deafScript(): Promise<string> {
  const server = http.createServer((_request, response) => {
    const redirect = `document.write('<script src="${fleet.stack.sandbox.redirectScript}"></scr' + 'ipt>');`;
    response.setHeader('content-type', 'text/javascript').end(DEAF + redirect);
  });
  deafening = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/deaf.js`;
}

let rooms = 8000;
async function begin(): Promise<{ room: Room; requestId: string }> {
  const room = { type: 'int', id: (rooms += 1) } as const;
  for (const [userId, freq] of Object.entries(ANCHORS))
    await fleet.sandbox.addAnchors(room, { userId, clip: { freq, pattern: 'flash', gop: 1 } });
  const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER, Mode: '02' }));
  await fleet.capturing(requestId, { anchors: 2, seconds: BEFORE_S });
  return { room, requestId };
}

async function finish({ name, fault, lastsS }: Case, { room, requestId }: { room: Room; requestId: string }) {
  await fault(room);
  await sleep((lastsS + AFTER_S) * 1000);
  await fleet.api.stop(requestId);
  const result = await fleet.result(requestId);
  const path = fleet.localPath({ RecordFile: result.Timeline?.Url ?? '' });
  const timeline = TimelineDocumentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  recorded.set(name, { result, timeline, log: (await fleet.api.logs(requestId)).join('\n') });
}

beforeAll(async () => {
  fleet = await startFleet({ env: { worker: { ROOMS_PER_WORKER: String(tapped.length) } } });
  const begun = await Promise.all(tapped.map(begin));
  // Every place of the first worker is taken, so the next room goes to the one whose pages cannot be tapped.
  await fleet.stack.startWorker('deaf', { TRTC_REDIRECT_SCRIPT: await deafScript() });
  const last = begin().then((room) => finish(deaf, room));
  await Promise.all([last, ...tapped.map((each, index) => finish(each, begun[index]!))]);
}, 200_000);
afterAll(async () => {
  deafening?.close();
  await fleet.stop();
}, 60_000);

describe.each([...tapped, deaf])('$name', ({ name, silence: [least, most], skewMs, log }) => {
  const ofCase = () => recorded.get(name)!;

  test.each(Object.entries(ANCHORS))(
    '%s is whole but for the gap, and in step',
    async (userId, freq) => {
      const files = ofCase().result.Files.filter((file) => file.UserId === userId);
      expect(files).toEqual([expect.objectContaining({ Status: 1, StreamType: 'main' })]);
      const truth = await truthOf(fleet.localPath(files[0]!), freq);
      expect([truth.errors, truth.sources]).toEqual(['', [freq]]);
      const apart = truth.beeps.slice(1).map((at, index) => at - truth.beeps[index]!);
      expect(Math.max(...apart)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...apart)).toBeLessThanOrEqual(most);
      const found = skews(truth)
        .map(Math.abs)
        .sort((a, b) => a - b);
      expect(found.length).toBeGreaterThanOrEqual(AFTER_S);
      expect(found[Math.floor(found.length * 0.9)]).toBeLessThanOrEqual(skewMs[0]);
      expect(found.at(-1)).toBeLessThanOrEqual(skewMs[1]);
    },
    30_000,
  );

  test('the timeline and the log tell', () => {
    const { timeline, log: told } = ofCase();
    expect(timeline.Anchors.map(({ UserId }) => UserId).sort()).toEqual(Object.keys(ANCHORS));
    for (const { Streams } of timeline.Anchors) {
      const gaps = missed(Streams);
      const total = [...gaps.values()].reduce((sum, ms) => sum + ms, 0);
      expect((gaps.get('recorder-disconnected') ?? 0) / 1000).toBeGreaterThanOrEqual(least && least - 1);
      // Whatever else is missing is single packets, on a busy machine.
      expect(total - (gaps.get('recorder-disconnected') ?? 0)).toBeLessThan(1_000);
    }
    if (least > 0) expect(told).toMatch(/no media from \S+ to \S+ \(recorder-disconnected\), all anchors/);
    expect(told).not.toMatch(/\(anchor-disconnected\)|\(left\)/);
    if (log !== undefined) expect(told).toMatch(log);
    // What comes late is not what can't be tapped.
    if (name !== deaf.name) expect(told).not.toMatch(/no frame can be tapped/);
  });
});

/** What is missing of the audio, by cause, ms. */
function missed(streams: TimelineDocument['Anchors'][number]['Streams']): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { Kind, Cause, LostMs } of streams.flatMap(({ Gaps }) => Gaps))
    if (Kind === 'audio') sums.set(Cause, (sums.get(Cause) ?? 0) + LostMs);
  return sums;
}
