import { AppError, errorMessage, Releasers, withTimeout, type Logger } from '@trtc-recorder/runtime';
import { launchChromium, type Chromium } from './chromium.ts';
import { assertDecodesH264 } from './h264-check.ts';
import { openPage } from './page-host.ts';
import type { Decode } from './page-protocol.ts';
import { PageServer } from './page-server.ts';
import { SparePage } from './spare-page.ts';
import { PageSession, type JoinParams, type RoomListener, type RoomSession } from './room-session.ts';

/** The SDK itself gives up after about 13 s without a network. */
const JOIN_MS = 30_000;
const CHECK_MS = 20_000;

export interface RoomBrowserOptions {
  /** Chromium's executable; the system's by default. */
  readonly chromiumPath?: string | undefined;
  readonly chromiumArgs?: readonly string[] | undefined;
  /** URL of a script that the page loads before the SDK. For the sandbox only: it redirects the SDK's traffic. */
  readonly redirectScript?: string | undefined;
  readonly logger: Logger;
  /** How long enterRoom may take: ms. */
  readonly joinTimeoutMs?: number | undefined;
  /** `key-frames` spares the decoder the rest and costs the sender a key frame request every 3 s. */
  readonly decode?: Decode | undefined;
  /** Keep a page ready for the next join (default true): about 50 MB for half a second. */
  readonly sparePage?: boolean | undefined;
}

/** One Chromium that records any number of rooms at once, each in a page and renderer process of its own. */
export interface RoomBrowser {
  /**
   * Enters a room. The listener may be called before it resolves. Errors: JoinRefused (final), JoinFailed (worth a
   * retry), BrowserCrashed, or the signal's reason.
   */
  join(params: JoinParams, listener: RoomListener, signal?: AbortSignal): Promise<RoomSession>;
  /**
   * False once it died, was closed, or opens no pages any more; then another one is needed. Sessions of a browser that
   * only opens no pages go on; it closes itself after the last of them.
   */
  readonly alive: boolean;
  /** Called once when the browser dies without having been closed. */
  onGone(listener: (error: AppError) => void): void;
  /** Ends all sessions and the browser, and removes what it left on the disk. */
  close(): Promise<void>;
}

/** Starts a browser for recording. Errors: BrowserUnavailable, BrowserLacksH264. */
export async function launchRoomBrowser(options: RoomBrowserOptions): Promise<RoomBrowser> {
  const { logger } = options;
  const releasers = new Releasers(logger);
  try {
    const redirect = options.redirectScript === undefined ? [] : [options.redirectScript];
    // The first one wraps RTCPeerConnection and watches the others load; the SDK comes last.
    const server = await PageServer.start(['recorder.entry.js', ...redirect, 'trtc.js']);
    releasers.add('page server', () => server.close());
    const chromium = await launchChromium({
      path: options.chromiumPath,
      extraArgs: options.chromiumArgs ?? [],
      logger,
    });
    releasers.add('Chromium', () => chromium.close());
    const late = () => new AppError('BrowserUnavailable', `Chromium opened no page in ${CHECK_MS} ms`);
    await withTimeout(assertDecodesH264(chromium.devtools), CHECK_MS, late);
    return roomBrowser({ chromium, server, releasers, options });
  } catch (error) {
    await releasers.releaseAll();
    throw asLaunchFault(error);
  }
}

/** The system may refuse the page server its port, or the new Chromium may die before it is checked. */
const asLaunchFault = (error: unknown): AppError =>
  error instanceof AppError && error.code !== 'BrowserCrashed'
    ? error
    : new AppError('BrowserUnavailable', `no browser: ${errorMessage(error)}`, { cause: error });

function roomBrowser(parts: {
  chromium: Chromium;
  server: PageServer;
  releasers: Releasers;
  options: RoomBrowserOptions;
}): RoomBrowser {
  const { chromium, server, releasers, options } = parts;
  const { logger, joinTimeoutMs = JOIN_MS, decode = 'all', sparePage = true } = options;
  const sessions = new Set<PageSession>();
  const makers = { chromium, server, logger };
  const spare = new SparePage(makers);
  releasers.add('sessions', async () => {
    spare.close();
    await Promise.all(Array.from(sessions, (session) => session.leave()));
  });
  chromium.onGone(() => void releasers.releaseAll());
  let opensNoPages = false;
  const releaseIfUseless = () => {
    if (opensNoPages && sessions.size === 0) void releasers.releaseAll();
  };
  const giveUp = () => {
    opensNoPages = true;
    releaseIfUseless();
  };
  const pageFor = async (signal: AbortSignal | undefined) => {
    try {
      return spare.take() ?? (await openPage(makers, signal));
    } catch (error) {
      if (error instanceof AppError && signal?.aborted !== true) giveUp();
      throw error;
    }
  };
  const prepareSpare = () => {
    if (sparePage && !opensNoPages) spare.prepare(giveUp);
  };
  prepareSpare();
  return {
    async join(params, listener, signal) {
      signal?.throwIfAborted();
      const page = await pageFor(signal);
      const session: PageSession = new PageSession(page, listener, logger, () => {
        sessions.delete(session);
        releaseIfUseless();
      });
      sessions.add(session);
      try {
        await session.join({ ...params, decode }, joinTimeoutMs, signal);
      } finally {
        // Not earlier: it would slow this join down.
        prepareSpare();
      }
      return session;
    },
    get alive() {
      return chromium.alive && !opensNoPages;
    },
    onGone: (listener) => chromium.onGone(listener),
    close: () => releasers.releaseAll(),
  };
}
