import { beforeAll, describe, expect, test } from '@jest/globals';
import { fixture } from './helpers/fixture.ts';
import { resultFor, sample, secrets } from './helpers/samples.ts';

const at = fixture();
const ids: string[] = [];

beforeAll(async () => {
  for (let index = 0; index < 25; index += 1) {
    const sdkAppId = index < 20 ? 1400000000 : 1400000001;
    const room = index % 2 === 0 ? ({ type: 'int', id: 7 } as const) : ({ type: 'string', id: '7' } as const);
    const { requestId } = await at.submitter.submit(sample({ sdkAppId, room, userId: `u${index}` }), secrets);
    ids.push(requestId);
  }
});

describe('the list of recordings', () => {
  test('comes newest first, in pages that neither miss nor repeat one', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.submitter.list({ limit: 4, cursor });
      expect(page.recordings.length).toBeLessThanOrEqual(4);
      seen.push(...page.recordings.map(({ RequestId }) => RequestId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect([...seen].sort()).toEqual([...ids].sort());
    const { recordings } = await at.submitter.list({ limit: 100 });
    const times = recordings.map(({ SubmitTime }) => SubmitTime);
    expect(times).toEqual([...times].sort().reverse());
  });

  test.each([
    ['the app', { sdkAppId: 1400000001 }, 5],
    ['the integer room', { room: { type: 'int', id: 7 } as const }, 13],
    ['the string room of the same number', { room: { type: 'string', id: '7' } as const }, 12],
    ['the recorder', { userId: 'u3' }, 1],
    ['the state', { state: 'queued' as const }, 25],
    ['a state nobody is in', { state: 'failed' as const }, 0],
    ['several of these', { sdkAppId: 1400000000, room: { type: 'int', id: 7 } as const, userId: 'u4' }, 1],
  ])('can be narrowed by %s', async (_, filter, count) => {
    expect((await at.submitter.list({ ...filter, limit: 100 })).recordings).toHaveLength(count);
  });

  test('begins anew with a cursor that is none', async () => {
    expect((await at.submitter.list({ limit: 1, cursor: 'nonsense' })).recordings).toHaveLength(1);
  });

  test('and the statistics follow the states', async () => {
    expect(await at.submitter.statistics()).toEqual({ queued: 25, running: 0, done: 0, failed: 0 });
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    for (const id of ids) await at.reaches(id, 'done');
    expect(await at.submitter.statistics()).toEqual({ queued: 0, running: 0, done: 25, failed: 0 });
    expect((await at.submitter.list({ state: 'done', limit: 100 })).recordings).toHaveLength(25);
  });
});

test('of a recording that is not there, nothing is told', async () => {
  expect(await at.submitter.status('nowhere')).toBeNull();
  expect(await at.submitter.logs('nowhere')).toBeNull();
  expect(await at.submitter.retryCallback('nowhere')).toBe('none');
});

test('a time range and other filters hold for the list and the statistics alike', async () => {
  const { recordings } = await at.submitter.list({ limit: 100 });
  const submitted = (index: number) => Date.parse(recordings[index]!.SubmitTime);
  // The index is newest first: from the tenth newest on, until before the third newest.
  const range = { since: submitted(9), until: submitted(2) };
  const wanted = recordings.filter(({ SubmitTime }) => {
    const submittedAt = Date.parse(SubmitTime);
    return submittedAt >= range.since && submittedAt < range.until;
  });
  const found: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await at.submitter.list({ ...range, limit: 3, cursor });
    found.push(...page.recordings.map(({ RequestId }) => RequestId));
    cursor = page.cursor;
  }
  expect(found).toEqual(wanted.map(({ RequestId }) => RequestId));
  const counts = await at.submitter.statistics(range);
  expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(wanted.length);
  expect(await at.submitter.statistics({ userId: 'u3' })).toEqual({ queued: 0, running: 0, done: 1, failed: 0 });
});
