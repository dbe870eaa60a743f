import { AppError } from '@trtc-recorder/runtime';
import type { Submission, Submitter } from '@trtc-recorder/queue';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from '../answer.ts';
import { acceptRequest } from '../request.ts';
import type { Settings } from '../settings.ts';

/** What the recipe answered, word for word. */
const ACCEPTED = 'Async run task submitted';
const MAX_KEY_LENGTH = 255;

export interface SubmitOptions {
  readonly submitter: Submitter;
  readonly settings: Settings;
  readonly now: () => number;
}

interface Answer extends Submission {
  readonly warnings: readonly string[];
  readonly maxDurationS: number;
}

/** Both ways to start a recording: the recipe's, and the product's own. */
export function submitRoutes(app: FastifyInstance, { submitter, settings, now }: SubmitOptions): void {
  const submit = async (request: FastifyRequest): Promise<Answer> => {
    const { recording, secrets, callback, warnings, maxDurationS } = acceptRequest(request.body, settings, now());
    const key = idempotencyKey(request, recording.sdkAppId);
    const submission = await submitter.submit(recording, secrets, callback, key);
    request.log.info(
      { recording: submission.requestId, repeated: submission.repeated, mode: recording.mode },
      'accepted',
    );
    return { ...submission, warnings, maxDurationS };
  };

  app.post('/', async (request, reply) => {
    const { requestId, warnings } = await submit(request);
    // The recipe's answer is text, word for word: there is no other place for them.
    if (warnings.length > 0) reply.header('warning', warnings.map(asWarningHeader).join(', '));
    return reply.header(REQUEST_ID_HEADER, requestId).type('text/plain; charset=utf-8').send(ACCEPTED);
  });
  app.post('/v1/recordings', async (request, reply) => {
    const { requestId, warnings, maxDurationS } = await submit(request);
    const answer = { RequestId: requestId, Message: ACCEPTED, MaxDuration: maxDurationS };
    return reply
      .status(202)
      .header(REQUEST_ID_HEADER, requestId)
      .send({ ...answer, ...(warnings.length > 0 && { Warnings: warnings }) });
  });
}

/** As HTTP has it (`299`: no standard meaning), in printable ASCII. */
const asWarningHeader = (text: string): string => `299 - "${text.replace(/[^ -~]|["\\]/g, '?')}"`;

/** The caller's key, made unique over callers and apps. */
function idempotencyKey({ headers, caller }: FastifyRequest, sdkAppId: number): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH)
    throw new AppError('InvalidParameter.Field', `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters`);
  return JSON.stringify([caller, sdkAppId, key]);
}
