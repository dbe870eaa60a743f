import { AppError, withTimeout, type Logger } from '@trtc-recorder/runtime';
import type { WebSocket } from 'ws';
import type { Chromium } from './chromium.ts';
import type { PageServer } from './page-server.ts';

const OPEN_MS = 15_000;
const CLOSE_MS = 3_000;

/** A capture page in a browser context of its own: its own renderer process, cookies and cache. */
export interface HostedPage {
  readonly socket: WebSocket;
  /** Closes page and context. Never hangs, never throws. */
  close(): Promise<void>;
}

/** What it takes to open pages. */
export interface PageMakers {
  readonly chromium: Chromium;
  readonly server: PageServer;
  readonly logger: Logger;
}

/** Opens a page and waits for its socket. Errors: BrowserCrashed, or the signal's reason. */
export async function openPage(
  { chromium, server, logger }: PageMakers,
  signal: AbortSignal | undefined,
): Promise<HostedPage> {
  const { devtools } = chromium;
  const slot = server.open();
  const created = devtools.send('Target.createBrowserContext', { disposeOnDetach: true }) as Promise<{
    browserContextId: string;
  }>;
  const close = async (): Promise<void> => {
    slot.close();
    const disposed = created.then((context) => devtools.send('Target.disposeBrowserContext', context));
    await withTimeout(disposed, CLOSE_MS, () => new Error('late')).catch((error: unknown) => {
      if (chromium.alive) logger.warn({ err: error }, 'a capture page did not close');
    });
  };
  const opened = created
    .then((context) => devtools.send('Target.createTarget', { url: slot.url, ...context }))
    .then(() => slot.socket);
  try {
    const late = () => new AppError('BrowserCrashed', `the capture page did not come up in ${OPEN_MS} ms`);
    const socket = await withTimeout(untilAborted(opened, signal), OPEN_MS, late);
    return { socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The promise, or the signal's reason once it is aborted. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
