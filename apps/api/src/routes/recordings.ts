import type { Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance } from 'fastify';
import { FilterSchema, filterOf, ListSchema } from '../filter.ts';
import { parseQuery } from '../parse.ts';
import { idOf, noSuchRecording } from '../recording-id.ts';

/** What became of recordings. */
export function recordingRoutes(app: FastifyInstance, submitter: Submitter): void {
  app.get('/v1/recordings', async (request) => {
    const query = parseQuery(ListSchema, request.query);
    const page = { limit: query.Limit, cursor: query.Cursor };
    const { recordings, cursor } = await submitter.list({ ...filterOf(query), ...page });
    return { Recordings: recordings, ...(cursor !== undefined && { Cursor: cursor }) };
  });
  app.get('/v1/statistics', async (request) => {
    const filter = filterOf(parseQuery(FilterSchema, request.query));
    const { queued, running, done, failed } = await submitter.statistics(filter);
    return { Queued: queued, Running: running, Done: done, Failed: failed };
  });
  app.get('/v1/recordings/:requestId', async (request) => {
    const status = await submitter.status(idOf(request));
    if (status === null) throw noSuchRecording();
    return status;
  });
  app.get('/v1/recordings/:requestId/logs', async (request) => {
    const requestId = idOf(request);
    const lines = await submitter.logs(requestId);
    if (lines === null) throw noSuchRecording();
    return { RequestId: requestId, Lines: lines };
  });
}
