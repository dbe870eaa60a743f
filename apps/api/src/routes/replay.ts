import type { Replay, Submitter } from '@trtc-recorder/queue';
import { AppError } from '@trtc-recorder/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idOf } from '../recording-id.ts';

/** POSTs a recording's result once more. Error: NotFound. */
export async function replayCallback(submitter: Submitter, request: FastifyRequest): Promise<Exclude<Replay, 'none'>> {
  const replay = await submitter.retryCallback(idOf(request));
  if (replay === 'none') throw new AppError('NotFound', 'no such recording, or it has no Callback');
  return replay;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** A page with the one button that Bull Board has no place for. */
export function replayPage(app: FastifyInstance, url: string): void {
  app.get(url, (request, reply) => {
    const requestId = idOf(request);
    const action = `/v1/recordings/${encodeURIComponent(requestId)}/callback/replay`;
    return reply.type('text/html; charset=utf-8').send(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Send a callback again</title></head>
<body>
<h1>Send a callback again</h1>
<p>Recording ${escaped(requestId)}: its result is POSTed to its Callback once more, the same text with the same event id.</p>
<form method="post" action="${escaped(action)}"><button>Send it again</button></form>
</body>
</html>
`);
  });
}
