import { appendFile, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import fc from 'fast-check';
import {
  decodeCopy,
  encodeCopy,
  mergeSpools,
  openSpool,
  restoreSpool,
  SpoolGrowth,
  type JournalEntry,
  type RestoredSpool,
  type Spool,
  type Take,
} from '../../src/index.ts';
import { pick } from './judge-segments.ts';

const logger = silentLogger();
let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'copy-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const newDir = () => join(root, String((made += 1)));

const T0 = 1_760_000_000_000;
/** Opus, 20 ms a packet; the number of the packet is its contents. */
const packet = (user: number, index: number): Frame => {
  const data = Buffer.alloc(24, 15 << 3);
  data.write(`<${user}:${index}>`, 1);
  return {
    ...({ stream: 'main', kind: 'audio', codec: 'opus', key: true } as const),
    ...{ userId: `user-${user}`, tap: user, ssrc: user, data },
    ...{ rtpTimestamp: index * 960, sequenceNumber: index & 0xffff, receivedAt: T0 + index * 20 },
  };
};

const objectsOf = async function* (objects: readonly Buffer[]) {
  yield* await Promise.resolve(objects);
};

/** Every packet of the recording, as the segments hold it that its journal calls closed. */
const packetsIn = async (dir: string, journal: readonly JournalEntry[]): Promise<string[]> => {
  const found: string[] = [];
  for (const { file, bytes, frames } of pick(journal, 'segment')) {
    const contents = await readFile(join(dir, file), 'latin1');
    const packets = contents.match(/<\d+:\d+>/g) ?? [];
    expect([file, contents.length, packets.length]).toEqual([file, bytes, frames]);
    found.push(...packets);
  }
  return found;
};

/** One machine's spool of the recording, and what of it lies in the bucket. */
interface Disk {
  dir: string;
  spool: Spool;
  take: Take;
  growth: SpoolGrowth;
  readonly objects: Buffer[];
}

/** A recording on machines that come and go. */
class World {
  readonly lost: { name: string; objects: Buffer[] }[] = [];
  /** Packets that were taken in on each machine, by spool, and how many of them were surely stored. */
  readonly stored = new Set<string>();
  #taken: string[] = [];
  #index = 0;
  #disk: Disk | undefined;

  get disk(): Disk {
    if (this.#disk === undefined) throw new Error('no machine');
    return this.#disk;
  }

  async machine(): Promise<void> {
    const dir = newDir();
    this.#taken = [];
    this.#disk = { ...(await this.#open(dir)), growth: new SpoolGrowth(dir), objects: [] };
  }

  async #open(dir: string): Promise<{ dir: string; spool: Spool; take: Take }> {
    const spool = await openSpool({ dir, logger, segmentMs: 400 });
    return { dir, spool, take: await spool.startTake({ worker: 'w', mode: '00', onFault: () => undefined }) };
  }

  /** Takes packets in and waits until they are in the files, and full segments are closed. */
  async capture(packets: number, users: number): Promise<void> {
    const { take, dir } = this.disk;
    for (let count = 0; count < packets; count += 1, this.#index += 1)
      for (let user = 1; user <= users; user += 1) {
        take.frame(packet(user, this.#index));
        this.#taken.push(`<${user}:${this.#index}>`);
      }
    const last = this.#taken.slice(-users);
    const settled = async () => {
      const names = (await readdir(dir)).filter((name) => name.includes('.mkv'));
      const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'latin1').catch(() => '')));
      const closed = pick(await this.disk.spool.journal(), 'segment').length;
      const open = names.length - closed;
      return open <= users && last.every((text) => texts.some((contents) => contents.includes(text)));
    };
    while (!(await settled())) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** One copy; its answer may never have come, and then the next worker finds it all the same. */
  async copy(maxBytes: number, answered: boolean): Promise<void> {
    const { growth, objects } = this.disk;
    const taken = [...this.#taken];
    const grown = await growth.next(maxBytes);
    if (grown === undefined) return;
    objects.push(encodeCopy(grown));
    if (answered) growth.stored(grown);
    if (!grown.more) for (const text of taken) this.stored.add(text);
  }

  /** The worker is killed in the middle of its writes; another one opens what lies on the disk. */
  async kill(): Promise<void> {
    const { dir, take, objects } = this.disk;
    const left = newDir();
    await cp(dir, left, { recursive: true });
    await take.close('of no account: this is the dead one');
    await appendFile(join(left, 'journal.ndjson'), '{"type":"clock","at":7,"tra');
    for (const name of (await readdir(left)).filter((file) => file.endsWith('.part')))
      await appendFile(join(left, name), Buffer.of(0xa3, 0x10, 0, 0));
    const last = objects.at(-1);
    const growth = last === undefined ? new SpoolGrowth(left) : await SpoolGrowth.after(left, decodeCopy(last));
    this.#disk = { ...(await this.#open(left)), growth, objects };
  }

  /** Its disk is gone with it. */
  async lose(): Promise<void> {
    const { dir, spool, take, objects } = this.disk;
    await take.close('of no account: this is the lost one');
    await rm(dir, { recursive: true });
    this.lost.push({ name: spool.name, objects });
    await this.machine();
  }

  /** The capture ends; the spool as the files are made of it. */
  async end(): Promise<{ dir: string; journal: JournalEntry[]; here: readonly string[] }> {
    const { dir, spool, take } = this.disk;
    await take.close('stopped');
    const restored: RestoredSpool[] = [];
    for (const { name, objects } of this.lost) {
      const found = await restoreSpool(dir, { spool: name, objects: objectsOf(objects) }, logger);
      if (found !== undefined) restored.push(found);
    }
    await mergeSpools(dir, restored, logger);
    await spool.recover();
    return { dir, journal: await spool.journal(), here: this.#taken };
  }
}

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('capture' as const), packets: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('copy' as const),
      maxBytes: fc.oneof(fc.integer({ min: 400, max: 4_000 }), fc.constant(1_000_000)),
      answered: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'lose' as const }) },
);

test('whatever is killed and lost, and whenever: what was stored is in the recording, once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 3, maxLength: 18 }),
      fc.integer({ min: 1, max: 3 }),
      async (actions, users) => {
        const world = new World();
        await world.machine();
        for (const step of actions) {
          if (step.do === 'capture') await world.capture(step.packets, users);
          else if (step.do === 'copy') await world.copy(step.maxBytes, step.answered);
          else await world[step.do]();
        }
        const { dir, journal, here } = await world.end();
        const found = await packetsIn(dir, journal);
        expect(found.length).toBe(new Set(found).size);
        expect([...world.stored, ...here].filter((text) => !found.includes(text))).toEqual([]);
        for (let user = 1; user <= users; user += 1) {
          const own = found.filter((text) => text.startsWith(`<${user}:`)).map((text) => Number(text.slice(3, -1)));
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
        // Nothing is left open, nothing has two owners, and doing it all again changes nothing.
        const opened = pick(journal, 'segment-open').map(({ segment }) => segment);
        expect(opened.length).toBe(new Set(opened).size);
        const takes = pick(journal, 'take').map(({ take }) => take);
        expect(pick(journal, 'take-end').map(({ take }) => take)).toEqual(takes);
        await world.disk.spool.recover();
        expect(await world.disk.spool.journal()).toEqual(journal);
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);

test.each([
  ['missing', (objects: Buffer[]) => objects.toSpliced(1, 1)],
  ['damaged', (objects: Buffer[]) => objects.with(1, Buffer.concat([objects[1]!, Buffer.of(1)]))],
])('a copy that is %s: what does not hang on it is there all the same', async (_, harm) => {
  const world = new World();
  await world.machine();
  for (let count = 0; count < 3; count += 1) {
    await world.capture(30, 1);
    await world.copy(1_000_000, true);
  }
  const { spool, take, objects } = world.disk;
  await take.close('of no account: this is the lost one');
  const next = await openSpool({ dir: newDir(), logger });
  const source = { spool: spool.name, objects: objectsOf(harm(objects)) };
  const restored = (await restoreSpool(next.dir, source, logger))!;
  expect(restored.whole).toBe(false);
  await mergeSpools(next.dir, [restored], logger);
  const found = await packetsIn(next.dir, await next.journal());
  expect(found).toEqual(Array.from({ length: 30 }, (_unused, index) => `<1:${index}>`));
});
