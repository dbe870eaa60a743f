import type { Callback } from '@trtc-recorder/queue';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import { post, type PostLimits } from './post.ts';
import type { Outcome, Receivers, Report } from './receivers.ts';
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
  const { origin, attempt } = callback;
  const place = context.receivers.admit(origin);
  if (typeof place === 'number') return callback.postpone(spread(place));
  const startedAt = context.now();
  const told = async (what: string): Promise<void> => {
    const line = `callback: attempt ${attempt} to ${origin}: ${what} after ${context.now() - startedAt} ms`;
    // A callback that arrived isn't sent again for want of a log line.
    await callback.log(line).catch(() => undefined);
  };
  const status = await ask(callback, context, place).catch(async (error: unknown) => {
    const failure = toAppError(error);
    await told(failure.message);
    throw failure;
  });
  await told(`answered ${status}`);
  refuseStatus(status);
}

/** POSTs, and gives the receiver's place back whatever happens. Errors: CallbackUnreachable. */
async function ask(callback: Callback, context: DeliverContext, place: Report): Promise<number> {
  // What goes wrong before the receiver is asked is no fault of it.
  let outcome: Outcome = 'not asked';
  try {
    const request = { url: callback.url, body: callback.body, headers: headersOf(callback, context) };
    const status = await post(request, context.limits);
    // A receiver that says 4xx is alive; one that says 5xx may not be.
    outcome = status < 500 ? 'answered' : 'failed';
    return status;
  } catch (error) {
    if (toAppError(error).code === 'CallbackUnreachable') outcome = 'failed';
    throw error;
  } finally {
    place(outcome);
  }
}

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

function refuseStatus(status: number): void {
  if (status >= 200 && status < 300) return;
  if (status === 410) throw new AppError('CallbackGone', 'the receiver answered 410 Gone');
  const redirect = status >= 300 && status < 400 ? ' (redirects are not followed)' : '';
  throw new AppError('CallbackRejected', `the receiver answered ${status}${redirect}`);
}

/** Those that wait for the same receiver shouldn't all come back in the same moment. */
const spread = (ms: number): number => Math.round(ms * (1 + Math.random() / 2));
