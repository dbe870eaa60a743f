import type { ClipSpecInput, Impairment, TimestampFaultsInput } from '@trtc-recorder/sandbox';
import type { Action, AnchorSetup, BenchCase, Step } from './case.ts';

const FREQ = 440;
/** A key frame a second: what a viewer who comes late waits for, not what is measured here. */
const clip = { freq: FREQ, pattern: 'flash', gop: 1 } as const satisfies ClipSpecInput;
/** Key frames five times a second: a sender that answers the receiver's requests for them after a loss. */
const answering = { ...clip, gop: 0.2 } as const;
const small = { ...clip, width: 320, height: 180, kbps: 150 };
const medium = { ...clip, width: 640, height: 360, kbps: 500 };
/** More packets in 5 s than anything keeps for retransmission. */
const heavy = { ...answering, width: 1280, height: 720, kbps: 2500 };
const large = { ...clip, width: 1280, height: 720, kbps: 1200 };

const anna: AnchorSetup = { userId: 'anna', clip };
/** Reached over a bad network. */
const reached: AnchorSetup = { userId: 'anna', clip: answering };
const other: AnchorSetup = { userId: 'bob', clip: { ...answering, freq: 1000 } };
const browser: AnchorSetup = { userId: 'carla', clip: { ...medium, freq: 700 }, browser: true };
const does = (who: AnchorSetup, atS: number, action: Action): Step => ({ atS, userId: who.userId, action });

const mutes = (who: AnchorSetup, kind: 'audio' | 'video', fromS: number, toS: number): Step[] => [
  does(who, fromS, { do: 'mute', kind, on: true }),
  does(who, toS, { do: 'mute', kind, on: false }),
];
const returns = (who: AnchorSetup, fromS: number, toS: number): Step[] => [
  does(who, fromS, { do: 'leave' }),
  does(who, toS, { do: 'enter' }),
];
/** A sender whose timestamps are wrong while its media are right. */
const stamps = (name: string, about: string, timestamps: TimestampFaultsInput): BenchCase => ({
  ...{ name, about, anchors: [{ ...anna, timestamps }], seconds: 24 },
});
const loses = (loss: number): Partial<Impairment> => ({ loss, jitterMs: 30, reorder: 0.01, seed: 7 });

/** What recordings are held to. The names are those of `--case`. */
export const CASES: readonly BenchCase[] = [
  { name: 'clean', about: 'a synthetic anchor', anchors: [anna], seconds: 16 },
  { name: 'clean-browser', about: 'an anchor with the real SDK in Chromium', anchors: [browser], seconds: 16 },
  { name: 'loss-5', about: '5 % loss, 30 ms jitter', anchors: [reached], network: loses(0.05), seconds: 20 },
  { name: 'loss-15', about: '15 % loss, 30 ms jitter', anchors: [reached], network: loses(0.15), seconds: 20 },
  {
    name: 'longer-way',
    about: 'everything takes half a second longer, from the middle on',
    anchors: [anna],
    longer: { atS: 8, delayMs: 500 },
    seconds: 20,
  },
  { name: 'mute-audio', about: 'silent for 5 s', anchors: [anna], steps: mutes(anna, 'audio', 5, 10), seconds: 16 },
  { name: 'mute-video', about: 'dark for 5 s', anchors: [anna], steps: mutes(anna, 'video', 5, 10), seconds: 16 },
  {
    name: 'mute-browser',
    about: 'the real SDK mutes its microphone, then its camera',
    anchors: [browser],
    steps: [...mutes(browser, 'audio', 5, 9), ...mutes(browser, 'video', 12, 16)],
    seconds: 22,
  },
  { name: 'leave-5', about: 'away for 5 s: one file', anchors: [anna], steps: returns(anna, 6, 11), seconds: 18 },
  { name: 'leave-30', about: 'away for 30 s: two files', anchors: [anna], steps: returns(anna, 6, 36), seconds: 44 },
  {
    name: 'leave-browser',
    about: 'the real SDK leaves and is back after 5 s',
    anchors: [browser],
    steps: returns(browser, 6, 11),
    seconds: 20,
  },
  {
    name: 'late-video',
    about: 'the camera starts 5 s after the microphone',
    anchors: [{ ...anna, publishes: ['audio'] }],
    steps: [does(anna, 5, { do: 'publish', track: 'main', on: true })],
    seconds: 14,
  },
  {
    name: 'late-audio',
    about: 'the microphone starts 5 s after the camera',
    anchors: [{ ...anna, publishes: ['main'] }],
    steps: [does(anna, 5, { do: 'publish', track: 'audio', on: true })],
    seconds: 14,
  },
  { name: 'dtx', about: 'silence is not sent', anchors: [{ ...anna, dtx: true }], seconds: 16 },
  {
    name: 'size-ramp',
    about: '180p, 360p, 720p within seconds',
    anchors: [{ ...anna, clip: small }],
    steps: [does(anna, 2, { do: 'show', clip: medium }), does(anna, 5, { do: 'show', clip: large })],
    seconds: 24,
  },
  { name: 'vp8', about: 'VP8 becomes H264', anchors: [{ ...anna, clip: { ...clip, codec: 'vp8' } }], seconds: 14 },
  {
    name: 'codec-change',
    about: 'H264, then VP8',
    anchors: [anna],
    steps: [does(anna, 8, { do: 'show', clip: { ...clip, codec: 'vp8' } })],
    seconds: 16,
  },
  {
    name: 'screen',
    about: 'a screen share beside the camera',
    anchors: [{ ...anna, publishes: ['audio', 'main', 'sub'] }],
    seconds: 14,
  },
  {
    name: 'two-anchors',
    about: 'their files align by the wall clock',
    anchors: [anna, { userId: 'bob', clip: { ...clip, freq: 1000 } }],
    seconds: 14,
  },
  {
    name: 'sender-restart',
    about: 'the anchor enters anew without leaving: new SSRCs',
    anchors: [anna],
    steps: [does(anna, 7, { do: 'enter' })],
    seconds: 16,
  },
  {
    name: 'timestamp-jump',
    about: 'RTP times jump under the same SSRC',
    anchors: [anna],
    steps: [does(anna, 7, { do: 'restart' })],
    seconds: 16,
  },
  {
    name: 'recorder-cut',
    about: "the recorder's path is dead for 5 s; the video is sent again afterwards, the audio is not",
    anchors: [reached, other],
    cut: { atS: 6, forMs: 5_000 },
    gaps: [
      { userId: 'anna', kinds: ['audio'], cause: 'recorder-disconnected', seconds: 5, spareS: 3 },
      { userId: 'bob', kinds: ['audio'], cause: 'recorder-disconnected', seconds: 5, spareS: 3 },
    ],
    log: [/no media from \S+ to \S+ \(recorder-disconnected\), all anchors$/],
    seconds: 20,
  },
  {
    name: 'uplink-cut',
    about: "one of two anchors' uplink is dead for 8 s",
    anchors: [reached, other],
    steps: [does(reached, 5, { do: 'cut', forMs: 8_000 })],
    gaps: [
      { userId: 'anna', kinds: ['audio', 'video'], cause: 'anchor-disconnected', seconds: 8 },
      { userId: 'bob', kinds: ['audio', 'video'], cause: 'anchor-disconnected', seconds: 0, spareS: 0.1 },
    ],
    log: [/no media from \S+ to \S+ \(anchor-disconnected\), anchor "anna"$/],
    seconds: 20,
  },
  {
    name: 'leave-8',
    about: 'one of two anchors is away for 8 s',
    anchors: [reached, other],
    steps: returns(other, 5, 13),
    gaps: [{ userId: 'bob', kinds: ['audio', 'video'], cause: 'left', seconds: 8, spareS: 3 }],
    log: [/no media from \S+ to \S+ \(left\), anchor "bob"$/],
    seconds: 20,
  },
  {
    name: 'mute-camera',
    about: 'the camera of one of two anchors is off for 10 s',
    anchors: [reached, other],
    steps: mutes(other, 'video', 5, 15),
    gaps: [
      { userId: 'bob', kinds: ['video'], cause: 'muted', seconds: 10, spareS: 2 },
      { userId: 'bob', kinds: ['audio'], cause: 'muted', seconds: 0, spareS: 0.1 },
    ],
    log: [/no media from \S+ to \S+ \(muted\), anchor "bob", main video$/],
    seconds: 22,
  },
  {
    name: 'video-cut',
    about: "video alone, 1.6 % loss, the recorder's path dead for 5 s",
    anchors: [{ ...reached, clip: heavy, publishes: ['main'] }],
    network: { loss: 0.016, seed: 7 },
    cut: { atS: 6, forMs: 5_000 },
    gaps: [{ userId: 'anna', kinds: ['video'], cause: 'recorder-disconnected', seconds: 5, spareS: 4 }],
    log: [/no media from \S+ to \S+ \(recorder-disconnected\), all anchors$/],
    seconds: 20,
  },
  { name: 'drift', about: 'a sender whose clock is 200 ppm fast', anchors: [{ ...anna, driftPpm: 200 }], seconds: 16 },
  stamps('audio-timestamps-slow', "the audio's timestamps are 3 % slow", { audio: { ppm: -30_000 } }),
  stamps('video-timestamps-fast', "the video's timestamps are 1.15 % fast", { video: { ppm: 11_500 } }),
  stamps('audio-jumps', "the audio's timestamps jump by 60 ms every 2 s", {
    audio: { jump: { everyMs: 2_000, ms: 60 } },
  }),
  stamps('video-jumps', "the video's timestamps jump by 33 ms every 2 s", {
    video: { jump: { everyMs: 2_000, ms: 33 } },
  }),
  stamps('audio-stalls', 'the audio stands still for 300 ms every 6 s', {
    audio: { stall: { everyMs: 6_000, ms: 300 } },
  }),
  stamps('video-counts', '15 frames a second, stamped as if they were 30', { video: { counts: 30 } }),
];
