import type { Logger } from '@trtc-recorder/runtime';
import type { Redis } from 'ioredis';

/** A connection that owes the answer to a PING for so long is dead, ms. */
const SILENT_MS = 8_000;

/**
 * Replaces a connection that has gone silent: a machine that vanished, a cut link, a firewall that forgot it. TCP alone
 * takes a quarter of an hour to notice. Commands under way are sent again on the next connection. (BullMQ watches its
 * blocking connections itself.)
 */
export function watchConnection(redis: Redis, logger: Logger): void {
  let owed = false;
  const paid = () => {
    owed = false;
  };
  const look = () => {
    if (redis.status !== 'ready') return;
    if (owed) {
      logger.warn({ silentMs: SILENT_MS }, 'Redis has gone silent; connecting anew');
      redis.disconnect(true);
      return;
    }
    owed = true;
    // A rejection pays nothing: it may be our own time limit.
    redis.ping().then(paid, () => undefined);
  };
  const timer = setInterval(look, SILENT_MS);
  timer.unref();
  redis.on('close', paid);
  redis.once('end', () => clearInterval(timer));
}
