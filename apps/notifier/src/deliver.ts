import type { Callback } from '@trtc-recorder/queue';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import { post, type Answer, type PostLimits } from './post.ts';
import type { Receivers, Report } from './receivers.ts';
import { keyFor, signature, type SigningKeys } from './signature.ts';

export interface DeliverContext {
  readonly receivers: Receivers;
  readonly limits: PostLimits;
  readonly keys: SigningKeys;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * One attempt to tell a caller the result of a recording. Errors: CallbackRejected, CallbackUnreachable,
 * CallbackGone, which end the attempt; a receiver without a free place postpones it instead.
 */
export async function deliver(callback: Callback, context: DeliverContext): Promise<void> {
  const { origin, attempt, url } = callback;
  const place = context.receivers.admit(url);
  if (typeof place === 'number') return callback.postpone(spread(place), { resting: context.receivers.isResting(url) });
  const startedAt = context.now();
  const told = async (what: string): Promise<void> => {
    const line = `callback: attempt ${attempt} to ${origin}: ${what} after ${context.now() - startedAt} ms`;
    // A callback that arrived isn't sent again for want of a log line.
    await callback.log(line).catch(() => undefined);
  };
  const answer = await ask(callback, context, place).catch(async (error: unknown) => {
    const failure = toAppError(error);
    await told(failure.message);
    throw failure;
  });
  await told(`answered ${answer.status}${waitText(answer)}`);
  refuseStatus(answer);
}

/** POSTs, and gives the receiver's place back whatever happens. Errors: CallbackUnreachable. */
async function ask(callback: Callback, context: DeliverContext, place: Report): Promise<Answer> {
  // What goes wrong before the receiver is asked is no fault of it.
  let report: Parameters<Report> = ['not asked'];
  try {
    const request = { url: callback.url, body: callback.body, headers: headersOf(callback, context) };
    const answer = await post(request, context.limits);
    // A receiver that says 4xx is alive; one that says 5xx may not be.
    report = [answer.status < 500 ? 'answered' : 'failed', restAskedFor(answer)];
    return answer;
  } catch (error) {
    const { code, details } = toAppError(error);
    if (code === 'CallbackUnreachable') report = [details.connected === true ? 'failed' : 'unreachable'];
    throw error;
  } finally {
    place(...report);
  }
}

/** Retry-After means what it says with these two only. */
const restAskedFor = ({ status, retryAfterMs }: Answer): number | undefined =>
  status === 429 || status === 503 ? retryAfterMs : undefined;

const waitText = (answer: Answer): string => {
  const ms = restAskedFor(answer);
  return ms === undefined ? '' : `, to be left alone for ${Math.ceil(ms / 1000)} s`;
};

function headersOf({ requestId, eventId, body, result }: Callback, { keys, now }: DeliverContext) {
  const key = keyFor(keys, result.SdkAppId);
  return {
    'content-type': 'application/json',
    'user-agent': 'trtc-recorder',
    'x-request-id': requestId,
    'x-event-id': eventId,
    ...(key !== undefined && { 'x-signature': signature(key, body, now()) }),
  };
}

function refuseStatus(answer: Answer): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  if (status === 410) throw new AppError('CallbackGone', 'the receiver answered 410 Gone');
  const redirect = status >= 300 && status < 400 ? ' (redirects are not followed)' : waitText(answer);
  const retryAfterMs = restAskedFor(answer);
  throw new AppError('CallbackRejected', `the receiver answered ${status}${redirect}`, {
    details: { status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

/** Those that wait for the same receiver shouldn't all come back in the same moment. */
const spread = (ms: number): number => Math.round(ms + Math.random() * Math.min(ms / 2, MAX_SPREAD_MS));
const MAX_SPREAD_MS = 30_000;
