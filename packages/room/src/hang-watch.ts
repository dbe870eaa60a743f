import type { DevTools } from './devtools.ts';

const TICK_MS = 500;
/** So many ticks without an answer and the browser is given up. It answers in milliseconds, also under load. */
const UNANSWERED_TICKS = 5;

/**
 * Asks the browser twice a second whether it lives. One that hangs stops the media of all its pages without closing
 * anything. Ticks are counted, not time: while this process was busy or suspended none came.
 */
export function watchForHang(devtools: DevTools, onHang: () => void): { stop(): void } {
  let unanswered = 0;
  const timer = setInterval(() => {
    unanswered += 1;
    if (unanswered > UNANSWERED_TICKS) {
      clearInterval(timer);
      onHang();
      return;
    }
    devtools.send('Browser.getVersion').then(
      () => (unanswered = 0),
      () => undefined,
    );
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}
