import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PUBLISHED, type Published } from './kit/model-connection.ts';
import { PageModel } from './kit/page-model.ts';

beforeAll(() => void Object.assign(globalThis, { RTCRtpScriptTransform: Object }));
afterAll(() => {
  delete (globalThis as { RTCRtpScriptTransform?: unknown }).RTCRtpScriptTransform;
});

const USERS = ['anna', 'bert', 'carl'];
/** Once the server accepts everything, each published track is recorded within this. */
const RECORDED_WITHIN_S = 30;

/** What the test knows without the page: who is there, and what the server refuses. */
interface Room {
  readonly there: Set<string>;
  refused: Set<string>;
}
interface Command extends fc.AsyncCommand<Room, PageModel> {
  readonly name: string;
}

const command = (
  name: string,
  check: (room: Room) => boolean,
  run: (room: Room, page: PageModel) => void | Promise<void>,
): Command => ({
  name,
  check,
  run: async (room, page) => {
    await run(room, page);
    expect(page.faults).toEqual([]);
  },
  toString: () => name,
});

const key = (userId: string, what: Published) => `${userId}/${what}`;
const user = fc.constantFrom(...USERS);
const what = fc.constantFrom(...PUBLISHED);
const enter = (room: Room, page: PageModel, userId: string, kinds: readonly Published[]) => {
  room.there.add(userId);
  page.sdk.enter(userId);
  for (const each of kinds) page.sdk.publish(userId, each);
};

const commands = [
  fc.tuple(user, fc.subarray([...PUBLISHED], { minLength: 1 })).map(([userId, kinds]) =>
    command(
      `${userId} comes in with ${kinds.join('+')}`,
      ({ there }) => !there.has(userId),
      (room, page) => enter(room, page, userId, kinds),
    ),
  ),
  user.map((userId) =>
    command(
      `${userId} leaves`,
      ({ there }) => there.has(userId),
      (room, page) => {
        room.there.delete(userId);
        page.sdk.leave(userId);
      },
    ),
  ),
  fc.tuple(user, user).map(([userId, next]) =>
    command(
      `${userId} leaves while ${next} comes in`,
      ({ there }) => there.has(userId) && !there.has(next) && userId !== next,
      (room, page) => {
        room.there.delete(userId);
        page.sdk.leave(userId, false);
        enter(room, page, next, ['audio', 'main']);
      },
    ),
  ),
  fc.tuple(user, what).map(([userId, each]) =>
    command(
      `${userId} publishes or takes back ${each}`,
      ({ there }) => there.has(userId),
      (_room, { sdk }) => {
        if (sdk.published.get(userId)?.has(each) === true) sdk.unpublish(userId, each);
        else sdk.publish(userId, each);
      },
    ),
  ),
  fc.tuple(fc.subarray(USERS, { minLength: 1 }), fc.subarray([...PUBLISHED], { minLength: 1 })).map(([users, kinds]) =>
    command(
      `${kinds.join('+')} of ${users.join('+')} is refused`,
      () => true,
      (room, { sdk }) => {
        room.refused = new Set(users.flatMap((userId) => kinds.map((each) => key(userId, each))));
        sdk.rules.refuses = (userId, each) => room.refused.has(key(userId, each));
      },
    ),
  ),
  fc.constant(
    command(
      'everything is accepted',
      ({ refused }) => refused.size > 0,
      (room, { sdk }) => {
        room.refused = new Set();
        sdk.rules.refuses = () => false;
      },
    ),
  ),
  fc.constantFrom(0, 300, 2500, 6000).map((ms) =>
    command(
      `answers take ${ms} ms`,
      () => true,
      (_room, { sdk }) => void (sdk.rules.delayMs = ms),
    ),
  ),
  fc.constant(
    command(
      'the connection is rebuilt',
      () => true,
      (_room, page) => page.sdk.rejoin(),
    ),
  ),
  fc.integer({ min: 1, max: 12 }).map((seconds) =>
    command(
      `the path is cut for ${seconds} s`,
      () => true,
      async (_room, page) => {
        const { connection } = page.sdk;
        connection.connectionState = 'disconnected';
        await page.seconds(seconds);
        connection.connectionState = 'connected';
      },
    ),
  ),
  fc.integer({ min: 1, max: 25 }).map((seconds) =>
    command(
      `${seconds} s pass`,
      () => true,
      (_room, page) => page.seconds(seconds),
    ),
  ),
  fc.integer({ min: 1, max: 25 }).map((seconds) =>
    command(
      `${seconds} s pass`,
      () => true,
      (_room, page) => page.seconds(seconds),
    ),
  ),
];

test('whatever happens in a room, no frame gets another owner, and each published track is recorded or named', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: 'large', maxCommands: 40 }), async (steps) => {
      const page = new PageModel();
      const room: Room = { there: new Set(), refused: new Set() };
      await fc.asyncModelRun(() => ({ model: room, real: page }), steps);
      page.sdk.rules.refuses = () => false;
      page.sdk.rules.delayMs = 0;
      await page.seconds(RECORDED_WITHIN_S);
      expect(page.faults).toEqual([]);
      expect(page.silent).toEqual([]);
    }),
    { numRuns: 1000 },
  );
}, 120_000);
