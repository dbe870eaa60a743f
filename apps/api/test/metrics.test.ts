import { expect, test } from '@jest/globals';
import { api, request } from './helpers.ts';

const at = api({ API_TOKENS: 'secret-token' });
const headers = { authorization: 'Bearer secret-token' };

test('a scrape tells requests by route pattern and the depth of the queue, and names nobody', async () => {
  const body = request({ Callback: 'http://127.0.0.1:9/hook?token=hidden' });
  const { RequestId } = (await at.app.inject({ method: 'POST', url: '/v1/recordings', headers, payload: body })).json<{
    RequestId: string;
  }>();
  await at.app.inject({ url: `/v1/recordings/${RequestId}`, headers });
  await at.app.inject({ url: '/v1/recordings/another', headers });
  await at.app.inject({ url: '/no/such/route' });
  const answer = await at.app.inject({ url: '/metrics', headers });
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.body.split('\n');
  for (const line of [
    'trtc_recorder_http_requests_total{method="POST",route="/v1/recordings",status="202"} 1',
    'trtc_recorder_http_requests_total{method="GET",route="/v1/recordings/:requestId",status="200"} 1',
    'trtc_recorder_http_requests_total{method="GET",route="/v1/recordings/:requestId",status="404"} 1',
    'trtc_recorder_http_requests_total{method="GET",route="none",status="404"} 1',
    'trtc_recorder_queue_jobs{queue="recordings",state="waiting"} 1',
    'trtc_recorder_queue_jobs{queue="callbacks",state="failed"} 0',
  ])
    expect(lines).toContain(line);
  expect(answer.body).toMatch(/^trtc_recorder_queue_oldest_waiting_seconds (?!0$)\d+(\.\d+)?$/m);
  for (const secret of [RequestId, String(body['UserId']), 'hidden', 'secret-token'])
    expect(answer.body).not.toContain(secret);
});
