import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { silentLogger, sleep } from '@trtc-recorder/runtime';
import { launchAnchorBrowser, openAnchor, startSandbox } from '../src/index.ts';
import type { OpenAnchorOptions, OpenedAnchor, PageEvent, RoomSettingsInput, Sandbox } from '../src/index.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');

async function newest(directory: string): Promise<number> {
  const files = await readdir(directory).catch((): string[] => []);
  const times = await Promise.all(files.map(async (file) => (await stat(path.join(directory, file))).mtimeMs));
  return Math.max(0, ...times);
}

/** Tests run on sources; the pages' scripts are bundled when they are older than theirs. */
export async function buildPages(): Promise<void> {
  const built = await newest(path.join(root, 'dist-page'));
  if (built >= Math.max(await newest(path.join(root, 'page')), await newest(path.join(root, 'src/clips')))) return;
  await run(process.execPath, [path.join(root, '../../scripts/build-pages.mjs')]);
}

/** What the tap of the audience page counted of one stream. */
export interface Stream {
  readonly ssrc: number;
  readonly mimeType: string;
  readonly frames: number;
  readonly keyFrames: number;
  readonly sizes: readonly string[];
  readonly rtpTimes: readonly number[];
}

/** A watcher: the real SDK as audience, with a tap on its encoded frames. */
export interface Audience {
  readonly page: Page;
  events(): Promise<PageEvent[]>;
  /** Streams by `<anchor>/<audio|main|sub>`: the sandbox knows which SSRC this watcher gave to what. */
  streams(): Promise<Record<string, Stream>>;
  /** Waits until the SDK says so; fails with everything that it said. */
  heard(name: string, data?: Record<string, unknown>): Promise<PageEvent>;
  /** Waits until a stream has got this many more frames; gives its state then. */
  received(stream: string, frames: number): Promise<Stream>;
}

export interface Kit {
  readonly sandbox: Sandbox;
  readonly browser: Browser;
  anchor(query: Partial<OpenAnchorOptions>): Promise<OpenedAnchor>;
  audience(query?: Record<string, string>): Promise<Audience>;
  close(): Promise<void>;
}

export const ROOM = { type: 'string', id: 'test' } as const;
export const SDK_APP_ID = 1_400_000_000;
export const OTHER_APP_ID = 1_400_000_077;
export const SECRET_KEYS = { [SDK_APP_ID]: 'key of the first app', [OTHER_APP_ID]: 'key of the other app' };

/** Leaves out what fills pages. */
const brief = (name: string, value: unknown) => (name === 'rtpTimes' ? undefined : value);

/** Waits for a condition; fails after `withinMs` with what `describe` says. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  describe: () => unknown,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(await describe(), brief)}`);
    await sleep(100);
  }
}

export async function startKit(rooms: RoomSettingsInput = {}): Promise<Kit> {
  await buildPages();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sandbox-rooms-'));
  const cloudKeys = { secretId: 'id', secretKey: 'key' };
  const sandbox = await startSandbox({ dataDir, cloudKeys, secretKeys: SECRET_KEYS, rooms, logger: silentLogger() });
  const chromiumPath = process.env['CHROMIUM_PATH'];
  const browser = await launchAnchorBrowser(chromiumPath ? { chromiumPath } : {});
  return {
    sandbox,
    browser,
    anchor: (query) => openAnchor({ browser, sandboxUrl: sandbox.urls.http, room: ROOM.id, user: 'anchor', ...query }),
    audience: (query = {}) => openAudience(sandbox, browser, { room: ROOM.id, user: 'watcher', ...query }),
    close: async () => {
      await browser.close();
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function openAudience(sandbox: Sandbox, browser: Browser, query: Record<string, string>): Promise<Audience> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${sandbox.urls.http}/audience.html?${new URLSearchParams(query).toString()}`);
  const { room, type, user, sdkAppId } = query;
  const name =
    type === 'int' ? { type: 'int' as const, id: Number(room) } : { type: 'string' as const, id: room ?? '' };
  const control = sandbox.rooms.room(name, sdkAppId === undefined ? SDK_APP_ID : Number(sdkAppId)).member(user ?? '');
  const events = (): Promise<PageEvent[]> => page.evaluate('window.audience.events');
  const joined = async () => (await events()).find((event) => event.name === 'entered' || event.name === 'failed');
  await until(joined, events);
  const streams = async () => bySubscription(await page.evaluate('window.tap.read()'), control.view().subscriptions);
  return {
    page,
    events,
    streams,
    heard: (event, data = {}) =>
      until(
        async () => (await events()).find((each) => each.name === event && matches(each.data, data)),
        async () => ({ wanted: { event, data }, heard: await events() }),
      ),
    received: async (stream, frames) => {
      const before = (await streams())[stream];
      return until(
        async () => {
          const now = (await streams())[stream];
          const grown = (now?.frames ?? 0) - (before?.ssrc === now?.ssrc ? (before?.frames ?? 0) : 0);
          return grown >= frames ? now : undefined;
        },
        async () => ({ wanted: { stream, frames }, streams: await streams(), sandbox: control.view() }),
      );
    },
  };
}

const matches = (data: Readonly<Record<string, unknown>>, wanted: Record<string, unknown>) =>
  Object.entries(wanted).every(([name, value]) => data[name] === value);

function bySubscription(tapped: Stream[], subscriptions: readonly Record<string, unknown>[]): Record<string, Stream> {
  const named: Record<string, Stream> = {};
  for (const subscription of subscriptions)
    for (const name of ['audio', 'main', 'sub']) {
      const { ssrc } = subscription[name] as { ssrc: number };
      const stream = tapped.find((each) => each.ssrc === ssrc);
      if (stream !== undefined) named[`${String(subscription['userId'])}/${name}`] = stream;
    }
  return named;
}
