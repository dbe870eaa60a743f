import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ROOM, startKit, until, type Kit } from './rooms-kit.ts';

jest.setTimeout(90_000); // real browsers, on machines that have other things to do

let kit: Kit;
beforeAll(async () => {
  kit = await startKit();
}, 60_000);
afterAll(() => kit.close());

const room = (id: string) => kit.sandbox.rooms.room({ type: 'string', id });

describe('what anchors publish reaches the audience as encoded frames', () => {
  test('camera, microphone and screen of a real browser', async () => {
    const anchor = await kit.anchor({ user: 'anna', media: 'device', fps: 15 });
    const clip = await kit.anchor({ user: 'carl', screen: true, freq: 900 });
    const watcher = await kit.audience();
    for (const stream of ['anna/audio', 'carl/audio']) {
      const { mimeType } = await watcher.received(stream, 100);
      expect(mimeType).toBe('audio/opus');
    }
    const main = await watcher.received('carl/main', 30);
    expect(main).toMatchObject({ mimeType: 'video/H264', sizes: ['640x360'] });
    expect((await watcher.received('anna/main', 30)).mimeType).toBe('video/H264');
    expect((await watcher.received('carl/sub', 10)).sizes).toEqual(['1280x720']);
    await anchor.close();
    await clip.close();
    await watcher.page.close();
  });

  test('synthetic anchors, each stream under the SSRC that the watcher gave it, none mixed up', async () => {
    const here = room('synthetic');
    await here.addAnchors({ userId: 'small', clip: { width: 160, height: 120, freq: 300 } });
    await here.addAnchors({ userId: 'large', clip: { width: 480, height: 272, freq: 500 }, sub: true });
    await here.addAnchors({ userId: 'voice', main: false, clip: { pattern: 'speech', freq: 700 } });
    const watcher = await kit.audience({ room: 'synthetic' });
    expect((await watcher.received('small/main', 20)).sizes).toEqual(['160x120']);
    expect((await watcher.received('large/main', 20)).sizes).toEqual(['480x272']);
    expect((await watcher.received('large/sub', 5)).sizes).toEqual(['1280x720']);
    await watcher.received('voice/audio', 50);
    const streams = await watcher.streams();
    expect(streams).not.toHaveProperty('voice/main');
    expect(streams).not.toHaveProperty('small/sub');
    const steps = streams['small/main']!.rtpTimes.map((time, index, all) => (time - (all[index - 1] ?? 0)) >>> 0);
    expect(new Set(steps.slice(1))).toEqual(new Set([6000])); // 15 frames a second, without a hole
    await watcher.page.close();
  });

  test('VP8 stays VP8, beside H264, and both are decoded', async () => {
    const here = room('vp8');
    await here.addAnchors({ userId: 'eight', clip: { codec: 'vp8' } });
    await here.addAnchors({ userId: 'avc', clip: { codec: 'h264' } });
    const anchor = await kit.anchor({ room: 'vp8', user: 'real', codec: 'vp8' });
    const watcher = await kit.audience({ room: 'vp8' });
    expect((await watcher.received('eight/main', 40)).mimeType).toBe('video/VP8');
    expect((await watcher.received('avc/main', 40)).mimeType).toBe('video/H264');
    expect((await watcher.received('real/main', 40)).mimeType).toBe('video/VP8');
    const decoding = `['eight/main', 'avc/main', 'real/main'].every((stream) => {
      const [userId] = stream.split('/');
      const view = [...document.querySelectorAll('.views > div')].find(({ title }) => title === userId + '/main');
      return view?.querySelector('video')?.videoWidth > 0;
    })`;
    await watcher.page.waitForFunction(decoding, undefined, { polling: 100, timeout: 10_000 });
    await anchor.close();
    await watcher.page.close();
  });

  test('a clip of another size and codec follows without a gap in time', async () => {
    const here = room('change');
    await here.addAnchors({ userId: 'a', clip: { width: 320, height: 180, gop: 1 } });
    const watcher = await kit.audience({ room: 'change' });
    await watcher.received('a/main', 10);
    await here.member('a').publish({ clip: { width: 640, height: 360, gop: 1 } });
    await watcher.received('a/main', 40);
    await here.member('a').publish({ clip: { width: 640, height: 360, gop: 1, codec: 'vp8' } });
    const { sizes, rtpTimes } = await watcher.received('a/main', 40);
    expect(sizes).toEqual(['320x180', '640x360']);
    const steps = rtpTimes.map((time, index) => (time - (rtpTimes[index - 1] ?? 0)) >>> 0).slice(1);
    expect(Math.max(...steps)).toBe(6000);
    await watcher.page.close();
  });

  test('what is muted is not sent, and its time goes on', async () => {
    const here = room('mute');
    await here.addAnchors({ userId: 'a', clip: { gop: 1 } });
    const watcher = await kit.audience({ room: 'mute' });
    await watcher.received('a/main', 10);
    const before = await watcher.received('a/audio', 10);
    await here.member('a').publish({ audioMuted: true, videoMuted: true });
    await watcher.heard('remote-audio-unavailable', { userId: 'a' });
    await watcher.heard('remote-video-unavailable', { userId: 'a' });
    const muted = await watcher.streams();
    await watcher.page.waitForTimeout(1500);
    expect((await watcher.streams())['a/audio']!.frames - muted['a/audio']!.frames).toBeLessThan(5);
    await here.member('a').publish({ audioMuted: false, videoMuted: false });
    const after = await watcher.received('a/audio', 20);
    expect(after.ssrc).toBe(before.ssrc);
    const steps = after.rtpTimes.map((time, index) => (time - (after.rtpTimes[index - 1] ?? 0)) >>> 0).slice(1);
    expect(Math.max(...steps)).toBeGreaterThan(48 * 1300); // the pause, in ticks of 48 kHz
    await watcher.received('a/main', 10);
    await watcher.page.close();
  });

  test('silence is left out with DTX', async () => {
    const here = room('dtx');
    await here.addAnchors({ userId: 'talks', main: false, clip: { pattern: 'tone' }, dtx: true });
    await here.addAnchors({ userId: 'beeps', main: false, clip: { pattern: 'flash' }, dtx: true });
    const watcher = await kit.audience({ room: 'dtx' });
    await watcher.received('talks/audio', 200);
    const { beeps, talks } = await watcher
      .streams()
      .then((all) => ({ beeps: all['beeps/audio']!, talks: all['talks/audio']! }));
    // of 50 packets a second: those of the beep and its ringing, and one in 400 ms
    expect(beeps.frames / talks.frames).toBeGreaterThan(0.1);
    expect(beeps.frames / talks.frames).toBeLessThan(0.3);
    await watcher.page.close();
  });
});

test('the small picture comes when it is asked for', async () => {
  const anchor = await kit.anchor({ room: 'small', user: 'two', video: false, width: 640, height: 360 });
  await anchor.page.evaluate(`anchor.trtc.startLocalVideo({
    option: { profile: '360p', small: '120p' },
  })`);
  const watcher = await kit.audience({ room: 'small' });
  expect((await watcher.received('two/main', 30)).sizes.at(-1)).toBe('640x360');
  await watcher.page.evaluate(`audience.trtc.updateRemoteVideo({
    userId: 'two', streamType: 'main', option: { small: true },
  })`);
  await until(
    async () => (Number((await watcher.streams())['two/main']?.sizes.at(-1)?.split('x')[1]) <= 120 ? true : undefined),
    () => watcher.streams(),
  );
  await anchor.close();
  await watcher.page.close();
});

test('a person joins, mutes, shares the screen and leaves by the buttons of the page', async () => {
  const page = await (await kit.browser.newContext()).newPage();
  await page.goto(`${kit.sandbox.urls.http}/anchor.html`);
  await page.fill('#room', '4711');
  await page.selectOption('#type', 'int');
  await page.fill('#user', 'clicks');
  await page.click('#join');
  const here = kit.sandbox.rooms.room({ type: 'int', id: 4711 }).member('clicks');
  const published = (): Record<string, boolean | undefined> | undefined => {
    try {
      const { state, muted } = here.view().published as Record<'state' | 'muted', Record<string, boolean>>;
      return { ...state, muted: muted['audio'] };
    } catch {
      return undefined; // not there (yet)
    }
  };
  const shows = (wanted: Record<string, boolean>) =>
    until(
      () => (Object.entries(wanted).every(([name, on]) => published()?.[name] === on) ? true : undefined),
      () => ({ wanted, published: published() }),
    );
  await shows({ audio: true, main: true, sub: false });
  await page.waitForSelector('#video[aria-pressed=true]');
  await page.click('#muteAudio');
  await shows({ muted: true });
  await page.click('#muteAudio');
  await shows({ muted: false });
  await page.click('#screen');
  await shows({ sub: true });
  await page.click('#video');
  await shows({ main: false });
  await page.click('#leave');
  await until(() => (published() === undefined ? true : undefined), published);
  await page.waitForSelector('#join:visible');
  await page.close();
});

test('a lossy path loses audio, and video is asked for again', async () => {
  const here = kit.sandbox.rooms.room(ROOM);
  await here.addAnchors({ userId: 'lossy', clip: { kbps: 600 } });
  here.member('w2').impair('down', { loss: 0.1, seed: 3 });
  const watcher = await kit.audience({ user: 'w2' });
  await watcher.received('lossy/main', 75);
  const subscription = here
    .member('w2')
    .view()
    .subscriptions.find(({ userId }) => userId === 'lossy')!;
  expect((subscription['main'] as { resent: number }).resent).toBeGreaterThan(3);
  expect((here.member('w2').view().media!['network'] as { lost: number }).lost).toBeGreaterThan(20);
  const sound = here
    .member('w2')
    .deliveries()
    .find(({ stream }) => stream === 'audio')!;
  expect(sound.lostAtMs.length).toBeGreaterThan(3);
  for (const at of sound.lostAtMs) expect([at >= sound.fromMs - 100, at <= sound.toMs + 100]).toEqual([true, true]);
  await watcher.page.close();
});
