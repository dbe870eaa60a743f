import { chromium, type Browser, type Page } from 'playwright-core';
import { AppError, errorMessage } from '@trtc-recorder/runtime';

/** The address of the anchor page, in its own words (docs/sandbox.md). */
export interface AnchorQuery {
  readonly room: string;
  readonly type?: 'int' | 'string';
  readonly user: string;
  readonly sdkAppId?: number;
  readonly userSig?: string;
  /** `clip` by default: a machine has no camera. */
  readonly media?: 'device' | 'clip' | 'none';
  readonly audio?: boolean;
  readonly video?: boolean;
  readonly screen?: boolean;
  /** Hz of the clip's beep; also in its picture. */
  readonly freq?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly kbps?: number;
  readonly codec?: 'h264' | 'vp8';
}

export interface OpenAnchorOptions extends AnchorQuery {
  /** `urls.http` of the sandbox. */
  readonly sandboxUrl: string;
  /** A browser to use; it is not closed. Left out: one is started, and closed with the anchor. */
  readonly browser?: Browser;
  readonly chromiumPath?: string;
  /** Further arguments of the browser that is started. */
  readonly args?: readonly string[];
  /** Time limit until everything is published, ms. */
  readonly withinMs?: number;
}

export interface PageEvent {
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What of an anchor can be switched. */
export type AnchorSwitch = 'audio' | 'video' | 'screen' | 'muteAudio' | 'muteVideo';

/** An anchor in a real browser with the real SDK. */
export interface OpenedAnchor {
  readonly page: Page;
  /** Everything the SDK said and the page did, in order. */
  events(): Promise<PageEvent[]>;
  set(what: AnchorSwitch, on: boolean): Promise<void>;
  /** Leaves the room; the page stays. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loopback WebRTC without a display; a page may make sounds without a click, has a camera of moving bars and a
 * microphone that beeps, and is not slowed down when nobody looks.
 */
export const ANCHOR_BROWSER_ARGUMENTS: readonly string[] = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** Where Debian's Chromium is. */
const CHROMIUM_PATH = '/usr/bin/chromium';

/** Starts a Chromium fit for anchors. As root it needs --no-sandbox, which is then added. */
export async function launchAnchorBrowser({
  chromiumPath = CHROMIUM_PATH,
  args = [],
}: { chromiumPath?: string; args?: readonly string[] } = {}): Promise<Browser> {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  try {
    return await chromium.launch({
      executablePath: chromiumPath,
      args: [...ANCHOR_BROWSER_ARGUMENTS, ...root, ...args],
    });
  } catch (cause) {
    throw new AppError('BrowserUnavailable', `${chromiumPath} did not start: ${errorMessage(cause)}`, { cause });
  }
}

const WITHIN_MS = 30_000;

/** Opens the anchor page, joins, and publishes. Fails with what the page said when that does not happen in time. */
export async function openAnchor(options: OpenAnchorOptions): Promise<OpenedAnchor> {
  const browser = options.browser ?? (await launchAnchorBrowser(options));
  const context = await browser.newContext();
  const close = () => (options.browser === undefined ? browser.close() : context.close());
  try {
    const page = await context.newPage();
    await page.goto(`${options.sandboxUrl}/anchor.html?${addressOf(options)}`);
    await published(page, options.withinMs ?? WITHIN_MS);
    return {
      page,
      events: () => eventsOf(page),
      set: (what, on) => page.evaluate(`window.anchor.set(${JSON.stringify(what)}, ${String(on)})`),
      leave: () => page.evaluate('window.anchor.leave()'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const flag = (on: boolean | undefined) => (on === undefined ? undefined : on ? '1' : '0');

function addressOf({ media = 'clip', audio, video, screen, ...query }: OpenAnchorOptions): string {
  const { room, type, user, sdkAppId, userSig, freq, width, height, fps, kbps, codec } = query;
  const plain = { room, type, user, sdkAppId, userSig, media, freq, width, height, fps, kbps, codec };
  const all = { ...plain, audio: flag(audio), video: flag(video), screen: flag(screen), auto: '1' };
  const given = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return new URLSearchParams(given).toString();
}

const eventsOf = (page: Page): Promise<PageEvent[]> => page.evaluate('window.anchor.events');

/** Resolves when everything is published; joining may be refused, which the page notes as `failed`. */
async function published(page: Page, withinMs: number): Promise<void> {
  const done = `window.anchor.events.some(({ name }) => name === 'publishing' || name === 'failed' || name === 'problem')`;
  const inTime = await page.waitForFunction(done, undefined, { timeout: withinMs, polling: 100 }).then(
    () => true,
    () => false,
  );
  const events = await eventsOf(page);
  if (inTime && events.some(({ name }) => name === 'publishing')) return;
  const said = events.filter(({ name }) => name === 'failed' || name === 'problem').map(({ data }) => data);
  const what = inTime
    ? JSON.stringify(said)
    : `not within ${withinMs} ms, after ${events.map(({ name }) => name).join()}`;
  throw new AppError('SandboxFailed', `the anchor did not publish: ${what}`, { details: { said } });
}
