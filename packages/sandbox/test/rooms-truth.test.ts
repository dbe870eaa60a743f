import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ROOM, startKit, type Audience, type Kit } from './rooms-kit.ts';

jest.setTimeout(90_000); // real browsers, on machines that have other things to do

let kit: Kit;
beforeAll(async () => {
  kit = await startKit();
}, 60_000);
afterAll(() => kit.close());

interface Truth {
  readonly pictures: { ssrc: number; rtpTime: number; code?: { number: number; source: number } }[];
  readonly beeps: { ssrc: number; rtpTime: number }[];
}

/** Reads what a watcher receives for some seconds, from a key frame on. */
async function observe(watcher: Audience, userId: string, seconds: number): Promise<Truth> {
  await watcher.page.evaluate('window.tap.keep(true)');
  const member = kit.sandbox.rooms.room(ROOM).member(userId);
  member.requestKeyFrame();
  await watcher.received(`${userId}/audio`, seconds * 50);
  return watcher.page.evaluate<Truth>('window.truth()');
}

/** Wall time, ms, of an RTP time, by the publisher's last sender report. */
function wallTime(userId: string, stream: 'audio' | 'main', rtpTime: number): number {
  const view = kit.sandbox.rooms.room(ROOM).member(userId).view();
  const streams = view.published['streams'] as Record<string, { clock?: Record<string, number> }>;
  const { ntpSeconds = 0, ntpFraction = 0, timestamp = 0 } = streams[stream]?.clock ?? {};
  const rate = stream === 'audio' ? 48 : 90;
  return ntpSeconds * 1000 + (ntpFraction / 2 ** 32) * 1000 + ((rtpTime - timestamp) | 0) / rate;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** ms by which each flash follows the beep nearest to it. */
function skews(userId: string, fps: number, { pictures, beeps }: Truth): number[] {
  const heard = beeps.map(({ rtpTime }) => wallTime(userId, 'audio', rtpTime));
  const seen = pictures.flatMap(({ code, rtpTime }) =>
    code !== undefined && code.number % fps === 0 ? [wallTime(userId, 'main', rtpTime)] : [],
  );
  return seen.flatMap((at) => {
    const nearest = [...heard].sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
    return nearest === undefined || Math.abs(at - nearest) > 500 ? [] : [at - nearest];
  });
}

describe('the clip of truth, over a real connection', () => {
  test.each([
    ['a real browser, H264', 'real', { freq: 800, codec: 'h264' as const }],
    ['a real browser, VP8 at 180p', 'eight', { freq: 1300, codec: 'vp8' as const, width: 320, height: 180, kbps: 200 }],
  ])('%s: pictures tell number, sender and time; flash and beep lie together', async (_what, user, query) => {
    const anchor = await kit.anchor({ user, fps: 15, ...query });
    const watcher = await kit.audience({ user: `watcher-of-${user}` });
    await watcher.received(`${user}/main`, 30); // past the first seconds' changes of size
    const truth = await observe(watcher, user, 6);
    const read = truth.pictures.flatMap(({ code, rtpTime }) => (code === undefined ? [] : [{ ...code, rtpTime }]));
    expect(read.length).toBeGreaterThan(50);
    expect(read.length / truth.pictures.length).toBeGreaterThan(0.97);
    expect(new Set(read.map(({ source }) => source))).toEqual(new Set([query.freq]));
    const lateness = read.map(
      ({ number, rtpTime }) => ((rtpTime - read[0]!.rtpTime) | 0) / 90 - ((number - read[0]!.number) * 1000) / 15,
    );
    const usual = median(lateness);
    const off = lateness.filter((late) => Math.abs(late - usual) > 67); // a frame: a browser draws when it can
    expect(off.length / lateness.length).toBeLessThan(0.1);
    const numbers = read.map(({ number }) => number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const offsets = skews(user, 15, truth);
    expect(offsets.length).toBeGreaterThanOrEqual(3);
    expect(Math.abs(median(offsets))).toBeLessThan(100);
    await anchor.close();
    await watcher.page.close();
  });

  test('a synthetic anchor: every frame, and flash and beep within 10 ms', async () => {
    await kit.sandbox.rooms.room(ROOM).addAnchors({ userId: 'syn', clip: { freq: 555, gop: 1 } });
    const watcher = await kit.audience({ user: 'watcher-of-syn' });
    await watcher.received('syn/main', 5);
    const truth = await observe(watcher, 'syn', 5);
    const codes = truth.pictures.map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(55);
    codes.forEach((code, index) => expect(code).toEqual({ number: (codes[0]!.number + index) % 60, source: 555 }));
    const offsets = skews('syn', 15, truth);
    expect(offsets.length).toBeGreaterThanOrEqual(3);
    for (const offset of offsets) expect(Math.abs(offset)).toBeLessThan(10);
    await watcher.page.close();
  });
});
