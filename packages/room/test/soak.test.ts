import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { soak } from './kit/soak.ts';
import { startWorld, type World } from './kit/world.ts';

/** A longer run: npm run jest -- packages/room/test/soak --globals '{"soak":{"operations":1000,"seed":8}}' */
const { operations = 32, seed = 7 } = (globalThis as { soak?: { operations?: number; seed?: number } }).soak ?? {};
/** An operation takes 0.35 s on average, and what is refused last is taken again within 10 s. */
const timeoutMs = 90_000 + operations * 1500;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

test.each([
  ['comings, goings, swaps, mutes and silent rejoins', { refusals: false }],
  ['the same with refused subscriptions, late answers and cuts of the path', { refusals: true }],
])(
  '%s book no frame to the wrong anchor and lose no track',
  async (_what, { refusals }) => {
    const { tape, lostFrames } = await soak(world, { operations, seed, refusals });
    expect(tape.eventsOf('owner').length).toBeGreaterThan(operations / 4);
    expect(lostFrames).toBeLessThan(tape.frames.length / 20);
  },
  timeoutMs,
);
