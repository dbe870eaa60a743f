import { counter, createMetrics, gauge, histogram, type Metrics } from '@trtc-recorder/metrics';
import type { Callback, CallbackWorker } from '@trtc-recorder/queue';
import { AppError, type Logger } from '@trtc-recorder/runtime';

/** What a notifier measures. docs/metrics.md repeats it; a test holds the two equal. */
export const notifierMetrics = {
  posts: counter(
    'callback_posts',
    'Attempts to tell a receiver, by outcome: delivered, rejected (other than 2xx), unreachable, gone (410), postponed (the receiver had no free place), failed (a fault of ours)',
    ['outcome'],
  ),
  postSeconds: histogram('callback_post_seconds', 'How long an attempt took, s', [0.05, 0.2, 1, 5, 15]),
  underWay: gauge('callbacks_active', 'POSTs of this notifier under way'),
  waiting: gauge('callbacks_waiting', 'Callbacks of all notifiers that wait, for a notifier or for their next attempt'),
  givenUp: gauge(
    'callbacks_given_up',
    'Callbacks given up and still kept: after the last attempt, or because the receiver answered 410',
  ),
};

export type NotifierMetrics = Metrics<typeof notifierMetrics>;

export const createNotifierMetrics = (logger: Logger): NotifierMetrics => createMetrics(notifierMetrics, logger);

const outcomes: Partial<Record<AppError['code'], string>> = {
  CallbackRejected: 'rejected',
  CallbackUnreachable: 'unreachable',
  CallbackGone: 'gone',
};

/** What the queue throws to postpone is no AppError. */
const outcomeOf = (error: unknown): string =>
  error instanceof AppError ? (outcomes[error.code] ?? 'failed') : 'postponed';

type Handle = (callback: Callback) => Promise<void>;

/** Counts the attempts that `handle` makes. */
export function measured(handle: Handle, { instruments: { posts, postSeconds } }: NotifierMetrics): Handle {
  return async (callback) => {
    const observe = postSeconds.startTimer();
    let outcome = 'delivered';
    try {
      await handle(callback);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      posts.inc({ outcome });
      if (outcome !== 'postponed') observe();
    }
  };
}

/** Has the queue's depth looked up before each scrape. */
export function watchQueue({ instruments, beforeScrape }: NotifierMetrics, worker: CallbackWorker): void {
  beforeScrape(async () => {
    instruments.underWay.set(worker.active());
    const { waiting, delayed, failed } = await worker.depth();
    instruments.waiting.set(waiting + delayed);
    instruments.givenUp.set(failed);
  });
}
