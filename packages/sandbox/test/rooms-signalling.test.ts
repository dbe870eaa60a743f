import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { makeUserSig } from '../src/rooms/usersig.ts';
import { OTHER_APP_ID, ROOM, SDK_APP_ID, SECRET_KEYS, startKit, until, type Kit } from './rooms-kit.ts';

jest.setTimeout(90_000); // real browsers, on machines that have other things to do

let kit: Kit;
beforeAll(async () => {
  kit = await startKit({ graceMs: 2000 });
  await kit.sandbox.rooms.room(ROOM).addAnchors({ userId: 'syn', clip: { width: 160, height: 120, gop: 1 } });
}, 60_000);
afterAll(() => kit.close());

test('the SDK that was tested is the one that is pinned', async () => {
  const require = createRequire(import.meta.url);
  const manifest = JSON.parse(await readFile(path.join(import.meta.dirname, '../package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const installed = JSON.parse(await readFile(require.resolve('trtc-sdk-v5/package.json'), 'utf8')) as {
    version: string;
  };
  expect(manifest.dependencies['trtc-sdk-v5']).toBe(installed.version);
  const watcher = await kit.audience({ user: 'version' });
  const loaded = await watcher.page.evaluate('TRTC.VERSION');
  expect(loaded).toBe(installed.version);
  // What the SDK has to do with this server for anything else to work. When this fails after an update of the SDK, its
  // protocol has changed: compare docs/sandbox.md, "What the SDK says", with what the log below shows.
  const requests = () => new Set(kit.sandbox.rooms.log(5000).map(({ what }) => what));
  await watcher.received('syn/main', 5).catch((error: unknown) => {
    throw new Error(`trtc-sdk-v5 ${installed.version} no longer gets along with the sandbox`, { cause: error });
  });
  for (const request of ['schedule', 'request join/v2', 'request subscribe/v3']) expect(requests()).toContain(request);
  expect([...requests()].filter((what) => what === 'not understood' || what === 'request failed')).toEqual([]);
  const redirect = await watcher.page.evaluate('window.__redirect');
  expect(redirect).toMatchObject({ base: kit.sandbox.urls.http, untouched: {} }); // not a word to any other host
  await watcher.page.close();
});

describe('a member is told why it was removed', () => {
  test.each(['kick', 'banned', 'room_disband'] as const)('%s', async (reason) => {
    const watcher = await kit.audience({ user: `out-${reason}` });
    kit.sandbox.rooms.room(ROOM).member(`out-${reason}`).remove(reason);
    await watcher.heard('kicked-out', { reason });
    await watcher.page.close();
  });

  test('the room is dismissed, and no other', async () => {
    const here = kit.sandbox.rooms.room({ type: 'int', id: 7 });
    await here.addAnchors({ userId: 'a', main: false });
    const [inside, outside] = [
      await kit.audience({ room: '7', type: 'int', user: 'inside' }),
      await kit.audience({ room: '7', type: 'string', user: 'outside' }),
    ];
    expect(here.dismiss()).toBe(2);
    await inside.heard('kicked-out', { reason: 'room_disband' });
    expect((await outside.events()).map(({ name }) => name)).not.toContain('kicked-out');
    expect(here.dismiss()).toBe(0);
    await inside.page.close();
    await outside.page.close();
  });

  test('the same user in the same room: the earlier one goes', async () => {
    const first = await kit.audience({ user: 'twin' });
    const second = await kit.audience({ user: 'twin' });
    await first.heard('kicked-out', { reason: 'kick' });
    await second.received('syn/audio', 20);
    await first.page.close();
    await second.page.close();
  });
});

test('the same user in two rooms and in two apps is three members, none of them disturbed', async () => {
  const apps = [SDK_APP_ID, OTHER_APP_ID];
  for (const sdkAppId of apps) {
    const room = kit.sandbox.rooms.room({ type: 'string', id: 'shared' }, sdkAppId);
    await room.addAnchors({ userId: `anchor-of-${sdkAppId}`, main: false });
  }
  await kit.sandbox.rooms.room({ type: 'int', id: 11 }).addAnchors({ userId: 'anchor-of-11', main: false });
  const watchers = [
    await kit.audience({ user: 'everywhere', room: 'shared', sdkAppId: String(SDK_APP_ID) }),
    await kit.audience({ user: 'everywhere', room: 'shared', sdkAppId: String(OTHER_APP_ID) }),
    await kit.audience({ user: 'everywhere', room: '11', type: 'int' }),
  ];
  const anchors = [`anchor-of-${SDK_APP_ID}`, `anchor-of-${OTHER_APP_ID}`, 'anchor-of-11'];
  for (const [index, watcher] of watchers.entries()) {
    await watcher.received(`${anchors[index]!}/audio`, 30);
    const events = await watcher.events();
    const entered = events.filter(({ name }) => name === 'remote-user-enter').map(({ data }) => data['userId']);
    expect(entered).toEqual([anchors[index]]);
    expect(events.map(({ name }) => name)).not.toContain('kicked-out');
  }
  for (const watcher of watchers) await watcher.page.close();
});

describe('a join is refused with a code', () => {
  const sign = (key: string, over: Partial<Parameters<typeof makeUserSig>[1]> = {}) =>
    makeUserSig(key, { sdkAppId: SDK_APP_ID, userId: 'guest', ...over });
  const key = SECRET_KEYS[SDK_APP_ID];
  test.each([
    ['signed with another key', sign('another key'), 70003],
    ['expired', sign(key, { time: 1_600_000_000, expireSeconds: 60 }), 70001],
    ['of another user', sign(key, { userId: 'somebody' }), 70013],
    ['of another app', sign(key, { sdkAppId: OTHER_APP_ID }), 70014],
    ['garbage', 'garbage', 70002],
  ])('UserSig %s', async (_what, userSig, code) => {
    const watcher = await kit.audience({ user: 'guest', sdkAppId: String(SDK_APP_ID), userSig });
    const failed = await watcher.heard('failed');
    expect(failed.data).toMatchObject({ extraCode: code });
    await watcher.page.close();
  });

  test('an app that does not exist here', async () => {
    const watcher = await kit.audience({ user: 'guest', sdkAppId: '1499999999', userSig: sign(key) });
    expect((await watcher.heard('failed')).data).toMatchObject({ extraCode: 70020 });
    await watcher.page.close();
  });

  test('on demand, for one user', async () => {
    kit.sandbox.rooms.refuse('join', { code: -100_013, userId: 'poor' });
    const poor = await kit.audience({ user: 'poor' });
    expect((await poor.heard('failed')).data).toMatchObject({ extraCode: -100_013 });
    const rich = await kit.audience({ user: 'rich' });
    await rich.heard('entered');
    kit.sandbox.rooms.refuse('join', undefined);
    await poor.page.close();
    await rich.page.close();
  });
});

describe('connections break', () => {
  test('lost signalling comes back, media goes on', async () => {
    const watcher = await kit.audience({ user: 'blinks' });
    await watcher.received('syn/audio', 20);
    kit.sandbox.rooms.room(ROOM).member('blinks').dropSignalling();
    await until(
      () => kit.sandbox.rooms.log(5000).find(({ what, user }) => what === 'request reconnect' && user === 'blinks'),
      () => kit.sandbox.rooms.log(50),
    );
    await watcher.received('syn/audio', 50);
    await watcher.page.close();
  });

  test('a dead media path is rebuilt once it is mended', async () => {
    const watcher = await kit.audience({ user: 'deaf' });
    await watcher.received('syn/audio', 20);
    const deaf = kit.sandbox.rooms.room(ROOM).member('deaf');
    const { ssrc } = (await watcher.streams())['syn/audio']!;
    deaf.cut({ cut: true });
    await until(
      () => kit.sandbox.rooms.log(5000).find(({ what, user }) => what === 'request rebuild_pc' && user === 'deaf'),
      () => kit.sandbox.rooms.log(50),
      40_000,
    );
    deaf.cut({ cut: false });
    const after = await until(
      async () => {
        const stream = (await watcher.streams())['syn/audio'];
        return stream !== undefined && stream.ssrc !== ssrc && stream.frames > 50 ? stream : undefined;
      },
      () => watcher.streams(),
      40_000,
    );
    expect(after.ssrc).not.toBe(ssrc);
    await watcher.page.close();
  }, 100_000);

  test('a short cut is survived without a new connection', async () => {
    const watcher = await kit.audience({ user: 'stumbles' });
    const before = await watcher.received('syn/audio', 20);
    kit.sandbox.rooms.room(ROOM).member('stumbles').cut({ cut: true, forMs: 3000 });
    await watcher.page.waitForTimeout(3500);
    expect((await watcher.received('syn/audio', 50)).ssrc).toBe(before.ssrc);
    await watcher.page.close();
  });

  test('timed out on the server side: the SDK joins again by itself, and nobody is told', async () => {
    const watcher = await kit.audience({ user: 'sleepy' });
    await watcher.received('syn/audio', 20);
    const joins = () => kit.sandbox.rooms.log(5000).filter(({ what, user }) => what === 'joined' && user === 'sleepy');
    kit.sandbox.rooms.room(ROOM).member('sleepy').remove('user_time_out');
    await until(
      () => (joins().length === 2 ? true : undefined),
      () => kit.sandbox.rooms.log(50),
    );
    await until(
      async () => ((await watcher.streams())['syn/audio']?.frames ?? 0) > 50 || undefined,
      () => watcher.streams(),
    );
    expect((await watcher.events()).map(({ name }) => name)).not.toContain('kicked-out');
    await watcher.page.close();
  });

  test('who does not come back has timed out', async () => {
    const anchor = await kit.anchor({ user: 'crashes', video: false });
    const watcher = await kit.audience({ user: 'sees-it' });
    await watcher.heard('remote-user-enter', { userId: 'crashes' });
    await anchor.close();
    await watcher.heard('remote-user-exit', { userId: 'crashes', reason: 1 });
    await watcher.page.close();
  });
});

test('an anchor of a real browser mutes, stops, starts and leaves, and all of it is told', async () => {
  const watcher = await kit.audience({ user: 'notes' });
  const anchor = await kit.anchor({ user: 'busy', width: 320, height: 180 });
  await watcher.heard('remote-audio-available', { userId: 'busy' });
  await watcher.heard('remote-video-available', { userId: 'busy', streamType: 'main' });
  const heardSince = async (count: number, name: string) =>
    until(
      async () => (await watcher.events()).slice(count).find((e) => e.name === name && e.data['userId'] === 'busy'),
      () => watcher.events(),
    );
  const tell = async (what: Parameters<typeof anchor.set>[0], on: boolean, event: string) => {
    const { length } = await watcher.events();
    await anchor.set(what, on);
    await heardSince(length, event);
  };
  await tell('muteAudio', true, 'remote-audio-unavailable');
  await tell('muteAudio', false, 'remote-audio-available');
  await tell('muteVideo', true, 'remote-video-unavailable');
  await tell('muteVideo', false, 'remote-video-available');
  await tell('video', false, 'remote-video-unavailable');
  await tell('video', true, 'remote-video-available');
  await tell('screen', true, 'remote-video-available');
  await tell('screen', false, 'remote-video-unavailable');
  await watcher.received('busy/main', 15);
  await anchor.leave();
  await watcher.heard('remote-user-exit', { userId: 'busy', reason: 0 });
  await anchor.close();
  await watcher.page.close();
});
