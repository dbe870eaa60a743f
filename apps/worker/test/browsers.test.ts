import { describe, expect, test } from '@jest/globals';
import type { RoomBrowser } from '@trtc-recorder/room';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { Browsers } from '../src/browsers/browsers.ts';
import type { JoinParams, Session } from '../src/ports.ts';

const crash = new AppError('BrowserCrashed', 'Chromium is gone');
const listener = { onFrame: () => undefined, onEvent: () => undefined };
const signal = new AbortController().signal;

/** A browser that lives until it is told to die; it knows who is in it. */
class FakeBrowser implements RoomBrowser {
  alive = true;
  readonly users: string[] = [];
  closed = false;
  readonly #listeners: ((error: AppError) => void)[] = [];
  readonly #isPoison: (userId: string) => boolean;

  constructor(isPoison: (userId: string) => boolean) {
    this.#isPoison = isPoison;
  }

  join({ userId }: JoinParams) {
    if (!this.alive) return Promise.reject(crash);
    this.users.push(userId);
    if (this.#isPoison(userId)) setImmediate(() => this.die());
    const nothing = () => Promise.resolve();
    return Promise.resolve({
      leave: nothing,
      flush: nothing,
      stats: () => Promise.reject(crash),
      requestKeyFrame: () => undefined,
    });
  }

  onGone(tell: (error: AppError) => void): void {
    this.#listeners.push(tell);
  }

  close(): Promise<void> {
    this.closed = true;
    this.alive = false;
    return Promise.resolve();
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const tell of this.#listeners) tell(crash);
  }
}

function world({ spare = false, isPoison = (_: string): boolean => false } = {}) {
  const launched: FakeBrowser[] = [];
  const launch = () => {
    launched.push(new FakeBrowser(isPoison));
    return Promise.resolve(launched.at(-1)!);
  };
  const browsers = new Browsers(launch, { logger: silentLogger(), spare });
  const join = (userId: string): Promise<Session> => {
    const room = { type: 'int', id: 1 } as const;
    return browsers.join({ sdkAppId: 1, room, userId, userSig: 'sig', mode: '02' }, listener, signal);
  };
  const browserOf = (userId: string) => launched.findLast(({ users }) => users.includes(userId))!;
  return { launched, browsers, join, browserOf };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the browsers of a worker', () => {
  test('recordings share one; when it dies they share the spare one, and are parted when that dies as well', async () => {
    const { launched, browsers, join, browserOf } = world({ spare: true });
    await browsers.start();
    const [anna] = await Promise.all([join('anna'), join('bert')]);
    await settle();
    expect(launched.map(({ users }) => users.length)).toEqual([2, 0]);
    browserOf('anna').die();
    expect(anna.sharedFate()).toBe(true);
    const [again] = await Promise.all([join('anna'), join('bert')]);
    expect([browserOf('anna'), browserOf('bert')]).toEqual([launched[1], launched[1]]);
    await settle();
    expect(launched).toHaveLength(3);
    browserOf('anna').die();
    expect(again.sharedFate()).toBe(true);
    const [alone] = await Promise.all([join('anna'), join('bert')]);
    expect(browserOf('anna')).not.toBe(browserOf('bert'));
    browserOf('anna').die();
    expect(alone.sharedFate()).toBe(false);
    await browsers.close();
    expect(launched.every(({ alive }) => !alive)).toBe(true);
  });

  test('a browser that dies while it is joined is replaced within the same join', async () => {
    const { launched, browsers, join } = world();
    await browsers.start();
    const first = launched[0]!;
    first.join = () => {
      first.die();
      return Promise.reject(crash);
    };
    await join('anna');
    expect(launched.map(({ users }) => users)).toEqual([[], ['anna']]);
  });

  test('one of eight that kills its browser again and again ends up alone, the others in peace', async () => {
    const { launched, browsers, join, browserOf } = world({ isPoison: (userId) => userId === 'poison' });
    const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await browsers.start();
    const joinAgain = async (users: string[]) => {
      await Promise.all(users.map((user) => join(user).catch(() => undefined)));
      await settle();
    };
    await joinAgain([...others, 'poison']);
    const disturbed = new Map(others.map((user) => [user, 0]));
    for (let round = 0; round < 12; round += 1) {
      const lost = others.filter((user) => !browserOf(user).alive);
      for (const user of lost) disturbed.set(user, disturbed.get(user)! + 1);
      await joinAgain([...lost, 'poison']);
    }
    expect(others.filter((user) => !browserOf(user).alive)).toEqual([]);
    expect(browserOf('poison').users.every((user) => user === 'poison')).toBe(true);
    // Halving eight: at most four deaths that others share.
    expect(Math.max(...disturbed.values())).toBeLessThanOrEqual(4);
    expect(launched.length).toBeLessThan(30);
  });
});
