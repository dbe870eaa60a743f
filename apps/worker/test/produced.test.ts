import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FilePlan } from '@trtc-recorder/media';
import { silentLogger } from '@trtc-recorder/runtime';
import type { Files } from '../src/ports.ts';
import { keepingProduced } from '../src/produced.ts';
import { plan, produced } from './fakes.ts';

let spoolDir: string;
let made = 0;
beforeEach(async () => {
  spoolDir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-produced-'));
  await mkdir(path.join(spoolDir, 'files'));
  made = 0;
});
afterEach(() => rm(spoolDir, { recursive: true }));

const anna: FilePlan = { ...plan('anna'), id: 1 };
const file = () => path.join(spoolDir, 'files', '000001.mp4');
const facts = () => path.join(spoolDir, 'files', '000001.json');
let undecodable: unknown;
const damage = { kind: 'video' as const, startMs: 1_000, endMs: 1_200 };
const making: Pick<Files, 'produce' | 'writeTimeline'> = {
  produce: async (p: FilePlan) => {
    made += 1;
    await writeFile(file(), 'x'.repeat(100));
    return { ...produced(p), path: file(), undecodable: [damage] };
  },
  writeTimeline: (_journal, facts) => {
    undecodable = facts.undecodable;
    return Promise.resolve('timeline.json');
  },
};
const files = keepingProduced(making, silentLogger());
const produce = (p = anna) => files.produce(p, spoolDir, new AbortController().signal);

describe('a produced file', () => {
  const cases: [string, () => Promise<unknown>, number][] = [
    ['whole: taken as it is', () => Promise.resolve(), 1],
    ['torn: made anew', () => truncate(file(), 99), 2],
    ['gone: made anew', () => rm(file()), 2],
    ['without its facts: made anew', () => rm(facts()), 2],
    ['with torn facts: made anew', () => truncate(facts(), 20), 2],
    ['with facts that name a file elsewhere: made anew', () => writeFile(facts(), '{"name":"../../etc/passwd"}'), 2],
  ];
  test.each(cases)('%s', async (_, change, times) => {
    const first = await produce();
    await change();
    expect(await produce()).toEqual(first);
    expect(made).toBe(times);
  });
  test('of another plan: made anew', async () => {
    await produce();
    await produce({ ...anna, endMs: 12_000 });
    expect(made).toBe(2);
  });
  test('reports to the timeline what could not be decoded, also after a restart of the worker', async () => {
    await produce();
    await keepingProduced(making, silentLogger()).writeTimeline([], { requestId: 'r', files: [] }, spoolDir);
    expect(undecodable).toEqual([{ ...damage, userId: anna.userId, stream: anna.stream }]);
  });
  test('whose facts cannot be written is delivered all the same', async () => {
    await mkdir(`${facts()}.tmp`);
    expect(await produce()).toMatchObject({ size: 100 });
  });
});
