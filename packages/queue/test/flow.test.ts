import { describe, expect, test } from '@jest/globals';
import type { ResultFile } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import type { Callback, RecordingJob } from '../src/index.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';
import { until } from './helpers/until.ts';

const at = fixture();

const file: ResultFile = { UserId: 'anna', RecordFile: 'https://x/a.mp4', Status: 1, Message: 'record success' };

describe('a recording and its callback', () => {
  test('the flow gets the recording with its secrets; the result becomes the callback and the status', async () => {
    const seen: RecordingJob[] = [];
    const posted: Callback[] = [];
    await at.worker(async (job) => {
      seen.push(job);
      await job.log('join: in the room');
      await job.progress({ Step: 'capture', Anchors: 2, Seconds: 3, Bytes: 4, Files: 0, Converted: 0, Uploaded: 0 });
      return resultFor(job.recording, { Files: [file] });
    });
    await at.notifier((given) => Promise.resolve(void posted.push(given)));
    const { requestId, repeated } = await at.submitter.submit(
      sample({ userId: 'recorder-of-flow' }),
      secrets,
      callback,
    );

    expect(repeated).toBe(false);
    const sent = await until('the callback', () => posted[0]);
    expect(seen[0]?.secrets).toEqual(secrets);
    expect(seen[0]?.attempt).toBe(1);
    expect(sent).toMatchObject({ requestId, url: callback.url, origin: 'http://127.0.0.1:9', attempt: 1 });
    expect(sent.eventId).toBe(`${requestId}.ended`);
    expect(JSON.parse(sent.body)).toEqual(sent.result);
    expect(sent.result.Files).toEqual([file]);
    const status = await at.submitter.status(requestId);
    expect(status).toMatchObject({ State: 'done', Worker: 'w1', Attempts: 1, Progress: { Anchors: 2 } });
    expect(status?.Result).toEqual(sent.result);
    expect(await at.submitter.logs(requestId)).toEqual([expect.stringMatching(/^\d{4}-.*Z join: in the room$/)]);
  });

  test('without a Callback the result is kept all the same, and nothing is posted', async () => {
    const posted: Callback[] = [];
    await at.notifier((given) => Promise.resolve(void posted.push(given)));
    await at.worker((job) => Promise.resolve(resultFor(job.recording)));
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.reaches(requestId, 'done');
    expect((await at.submitter.status(requestId))?.Result?.Reason).toBe('banned');
    expect(await at.submitter.retryCallback(requestId)).toBe('none');
    expect(posted).toEqual([]);
  });

  test('a recording that fails for good is told with what was delivered until then', async () => {
    const posted: Callback[] = [];
    await at.notifier((given) => Promise.resolve(void posted.push(given)));
    let runs = 0;
    await at.worker(async (job) => {
      runs += 1;
      await job.save({ step: 'upload', files: [file], startedAt: 1_000, endedAt: 2_000 });
      throw new AppError('JoinRefused', 'TRTC refused the join (-100006)');
    });
    const { requestId } = await at.submitter.submit(sample(), secrets, callback);
    const { result } = await until('the callback', () => posted[0]);
    expect(runs).toBe(1);
    expect(result).toMatchObject({
      RequestId: requestId,
      Reason: 'failed',
      Message: 'record fail: TRTC refused the join (-100006) (JoinRefused)',
      Files: [file],
      StartTime: '1970-01-01T00:00:01.000Z',
    });
    const status = await at.submitter.status(requestId);
    expect(status).toMatchObject({ State: 'failed', Error: 'TRTC refused the join (-100006) (JoinRefused)' });
    expect(status?.Result).toEqual(result);
  });

  test('a passing fault is tried again with the state as it was left', async () => {
    const takes: number[] = [];
    await at.worker(async (job) => {
      takes.push(job.state.takes);
      await job.save({ takes: job.state.takes + 1 });
      if (job.attempt === 1) throw new AppError('JoinFailed', 'network');
      return resultFor(job.recording);
    });
    const { requestId } = await at.submitter.submit(sample(), secrets);
    await at.reaches(requestId, 'done', 20_000);
    expect(takes).toEqual([0, 1]);
    expect((await at.submitter.status(requestId))?.Attempts).toBe(2);
  });
});
