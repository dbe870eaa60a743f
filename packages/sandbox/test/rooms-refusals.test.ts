import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Refusals } from '../src/rooms/refusals.ts';
import { Slot, type DownlinkPeer } from '../src/rooms/slot.ts';
import { Source, type StreamPacket } from '../src/rooms/source.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const GRANTED = { code: 0, delayMs: 0 };
const asked = (publisherId: string, ...kinds: ('audio' | 'main' | 'sub')[]) => ({
  userId: 'recorder',
  publisherId,
  kinds,
});

describe('subscriptions are refused', () => {
  test('of one publisher and kind, for a time', () => {
    const refusals = new Refusals();
    refusals.set('subscribe', { code: -1, publisherId: 'anna', kinds: ['audio'], forMs: 5000 });
    expect(refusals.take('subscribe', asked('anna', 'audio', 'main'))).toEqual({ code: -1, delayMs: 0 });
    expect(refusals.take('subscribe', asked('anna', 'main'))).toEqual(GRANTED);
    expect(refusals.take('subscribe', asked('bert', 'audio'))).toEqual(GRANTED);
    expect(refusals.take('publish', { userId: 'recorder' })).toEqual(GRANTED);
    jest.advanceTimersByTime(4999);
    expect(refusals.take('subscribe', asked('anna', 'audio')).code).toBe(-1);
    jest.advanceTimersByTime(1);
    expect(refusals.take('subscribe', asked('anna', 'audio'))).toEqual(GRANTED);
    expect(refusals.view()).toEqual({});
  });

  test('so many times, by several rules of which the first that matches decides', () => {
    const refusals = new Refusals();
    refusals.add('subscribe', { code: -1, times: 1, kinds: ['sub'] });
    refusals.add('subscribe', { code: -2, times: 2 });
    expect([1, 2, 3, 4].map(() => refusals.take('subscribe', asked('anna', 'sub')).code)).toEqual([-1, -2, -2, 0]);
  });

  test('or only answered late; and the rule that is set replaces the others', () => {
    const refusals = new Refusals();
    refusals.add('subscribe', { code: -1 });
    refusals.set('subscribe', { code: 0, delayMs: 700, userId: 'recorder' });
    expect(refusals.take('subscribe', asked('anna', 'audio'))).toEqual({ code: 0, delayMs: 700 });
    expect(refusals.take('subscribe', { ...asked('anna', 'audio'), userId: 'other' })).toEqual(GRANTED);
    expect(refusals.view()).toEqual({ subscribe: [{ code: 0, delayMs: 700, userId: 'recorder' }] });
    refusals.set('subscribe', undefined);
    expect(refusals.take('subscribe', asked('anna', 'audio'))).toEqual(GRANTED);
  });
});

describe('the parameter sets of a first key frame', () => {
  const SPS = 0x67;
  const SLICE = 0x65;
  const packet = (sequence: number, timestamp: number, type: number): StreamPacket => ({
    sequence,
    timestamp,
    marker: type === SLICE,
    payload: Buffer.from([type, 1, 2]),
    codec: 'h264',
    startsKeyFrame: type === SPS,
  });

  /** The NAL unit types that were sent, of two key frames; the slot is asked to send the first packet again after 10 ms. */
  const sent = (lateMs: number | undefined) => {
    const types: number[] = [];
    const sequences: number[] = [];
    const peer: DownlinkPeer = {
      open: true,
      send: (bytes) => {
        types.push(bytes.readUInt8(12));
        sequences.push(bytes.readUInt16BE(2));
        return true;
      },
      payloadTypes: () => ({ media: 96, rtx: undefined }),
    };
    const parameterSets = lateMs === undefined ? {} : { lateMs };
    const slot = new Slot({ peer, kind: 'video', ssrc: 5, rtxSsrc: 0, cname: 'who', parameterSets });
    const source = new Source('video');
    slot.feed(source);
    source.emit(packet(1, 1000, SPS));
    source.emit(packet(2, 1000, SLICE));
    jest.advanceTimersByTime(10);
    expect(types).toEqual([SLICE]);
    types.length = 0;
    slot.resend(sequences.map((sequence) => (sequence - 1) & 0xffff));
    expect(types).toEqual([]);
    jest.advanceTimersByTime(100);
    source.emit(packet(3, 4000, SPS));
    source.emit(packet(4, 4000, SLICE));
    return types;
  };

  test('come late', () => expect(sent(50)).toEqual([SPS, SPS, SLICE]));
  test('or never', () => expect(sent(undefined)).toEqual([SPS, SLICE]));
});
