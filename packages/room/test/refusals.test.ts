import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { AppError } from '@trtc-recorder/runtime';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: unknown) => error as AppError,
  );
const sigs: [string, () => string, RegExp][] = [
  [
    'made with another key',
    () => world.sandbox.rooms.userSig({ userId: RECORDER, key: 'other' }),
    /UserSig.*verify|another/,
  ],
  [
    'expired',
    () => world.sandbox.rooms.userSig({ userId: RECORDER, time: 1_600_000_000, expireSeconds: 10 }),
    /70001.*expired/,
  ],
  ['of another user', () => world.sandbox.rooms.userSig({ userId: 'someone' }), /70013.*another UserId/],
  ['that is garbage', () => 'abc', /7000[23].*UserSig/],
];

test.each(sigs)('a UserSig %s is refused for good', async (_what, userSig, message) => {
  const joined = world.browser.join({ ...world.params(newRoom()), userSig: userSig() }, new Tape());
  const error = await failure(joined);
  expect(error).toMatchObject({ code: 'JoinRefused', retryable: false });
  expect(error.message).toMatch(message);
  expect(JSON.stringify(error.details) + error.message).not.toContain(userSig());
});

test.each([
  [-100013, 'JoinRefused', /credit/],
  [-100999, 'JoinFailed', /5400\/-100999/],
] as const)('code %d at the join is %s', async (code, expected, message) => {
  world.sandbox.rooms.refuse('join', { code });
  const error = await failure(world.browser.join(world.params(newRoom()), new Tape()));
  world.sandbox.rooms.refuse('join', undefined);
  expect(error.code).toBe(expected);
  expect(error.message).toMatch(message);
});

test('a name that TRTC does not allow is refused by the SDK itself', async () => {
  const room = { type: 'string', id: '中文' } as const;
  const error = await failure(world.browser.join(world.params(room), new Tape()));
  expect(error).toMatchObject({ code: 'JoinRefused', details: { code: 5000, extraCode: 5012 } });
});

test('an aborted join ends at once with the reason of the signal', async () => {
  world.sandbox.rooms.settings({ replyDelayMs: 8000 });
  const controller = new AbortController();
  const joined = failure(world.browser.join(world.params(newRoom()), new Tape(), controller.signal));
  setTimeout(() => controller.abort(new Error('stopped by the test')), 800);
  const before = Date.now();
  expect((await joined).message).toBe('stopped by the test');
  expect(Date.now() - before).toBeLessThan(6000);
  world.sandbox.rooms.settings({ replyDelayMs: 0 });
  await expect(
    world.browser.join(world.params(newRoom()), new Tape(), AbortSignal.abort(new Error('early'))),
  ).rejects.toThrow('early');
});

test('a join that gets no answer ends after its time limit and may be tried again', async () => {
  const browser = await world.launch({ joinTimeoutMs: 1500 });
  world.sandbox.rooms.settings({ replyDelayMs: 4000 });
  const error = await failure(browser.join(world.params(newRoom()), new Tape()));
  world.sandbox.rooms.settings({ replyDelayMs: 0 });
  expect(error).toMatchObject({ code: 'JoinFailed', retryable: true });
  await browser.close();
});

test('without a network the join fails, clearly and in time', async () => {
  const chromiumArgs = ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
  const browser = await world.launch({ redirectScript: undefined, chromiumArgs });
  const before = Date.now();
  const error = await failure(browser.join(world.params(newRoom()), new Tape()));
  expect(error).toMatchObject({ code: 'JoinFailed', retryable: true, details: { code: 5500 } });
  expect(error.message).toMatch(/could not be joined \(5500\): .*Failed to fetch/);
  expect(Date.now() - before).toBeLessThan(20_000);
  await browser.close();
}, 40_000);

test('a redirect script that is not there fails the join instead of calling the real servers', async () => {
  const browser = await world.launch({ redirectScript: `${world.sandbox.urls.http}/nothing.js` });
  const error = await failure(browser.join(world.params(newRoom()), new Tape()));
  expect(error.message).toContain('could not load');
  await browser.close();
});
