import type { FastifyInstance } from 'fastify';
import { AppError } from '@trtc-recorder/runtime';

/** Other names of what is UTF-8, or a part of it. */
const UTF8 = new Set(['utf-8', 'utf8', 'us-ascii']);
/** The documented fields nest two levels; deeper values can only be meant to exhaust the stack. */
const MAX_DEPTH = 32;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Bodies are JSON in UTF-8, whole or refused: bytes in another encoding would be stored with replacement characters. An
 * empty body is none, whatever its type: `curl -X POST -d ''` sends one as a form.
 * Errors: InvalidParameter, UnsupportedMediaType.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = textOf(body as Buffer, request.headers['content-type']);
    if (text === '') done(null, undefined);
    else if (text instanceof AppError) done(text);
    else
      void parse(request, text, (error, parsed: unknown) => {
        if (error === null && depthExceeds(parsed, MAX_DEPTH))
          done(new AppError('InvalidParameter', `the request body is nested deeper than ${MAX_DEPTH} levels`));
        else done(error, parsed);
      });
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else done(new AppError('UnsupportedMediaType', 'the request body must be sent as application/json'));
  });
}

function textOf(body: Buffer, contentType = ''): string | AppError {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset !== undefined && !UTF8.has(charset.toLowerCase()))
    return new AppError('UnsupportedMediaType', 'the request body must be JSON in UTF-8, not in another charset');
  try {
    return decoder.decode(body);
  } catch {
    return new AppError('InvalidParameter', 'the request body is not valid UTF-8');
  }
}

/** Level by level, not by recursion: the values this looks for would overflow the stack. */
function depthExceeds(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
