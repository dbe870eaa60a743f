import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { silentLogger, type AppError } from '@trtc-recorder/runtime';
import { launchRoomBrowser, type RoomBrowser, type RoomSession } from '../src/index.ts';
import { bundledChild } from './kit/child.ts';
import { chromiumsOf, groupOf, type Process } from '../src/bench/processes.ts';
import { sabotagedBrowser, type SabotagedBrowser } from './kit/sabotage.ts';
import { Tape } from './kit/tape.ts';
import { newRoom, RECORDER, startWorld, type World } from './kit/world.ts';

jest.setTimeout(120_000);

let world: World;
let sabotaged: SabotagedBrowser | undefined;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  await sabotaged?.close();
  sabotaged = undefined;
});
afterAll(() => world.close());

const profileDirs = async (pid = process.pid) =>
  (await readdir(os.tmpdir())).filter((name) => name.startsWith(`trtc-recorder-chromium-${os.hostname()}-${pid}-`));

async function until(what: string, condition: () => Promise<boolean>, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
}

/** A browser of its own with one session that receives. Without a spare page, a session's renderer can be told. */
async function recording({ chromiumArgs = [] as readonly string[], sparePage = false } = {}) {
  const before = new Set((await chromiumsOf(process.pid)).map(({ pid }) => pid));
  const browser = await world.launch({ chromiumArgs, sparePage });
  const main = (await chromiumsOf(process.pid)).find(({ pid }) => !before.has(pid))!;
  return { browser, main, ...(await joined(browser)) };
}

/** A session in a room of its own that receives. */
async function joined(browser: RoomBrowser): Promise<{ tape: Tape; session: RoomSession }> {
  const name = newRoom();
  await world.room(name).addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const tape = new Tape();
  const session = await browser.join(world.params(name), tape);
  await tape.further(5, 'anna/main/audio');
  return { tape, session };
}

const renderersOf = async (main: Process): Promise<Process[]> =>
  (await groupOf(main.group)).filter(({ command }) => command.includes('--type=renderer'));
const crashed = (tape: Tape, ms?: number) =>
  tape.until('the crash is told', (seen) => seen.eventsOf('crashed').length > 0, ms);

/** Renderers of capture pages are those that a new session brings. */
async function joinAnother(browser: RoomBrowser, main: Process) {
  const before = new Set((await renderersOf(main)).map(({ pid }) => pid));
  const { tape, session } = await joined(browser);
  const renderers = (await renderersOf(main)).filter(({ pid }) => !before.has(pid));
  return { tape, session, renderers };
}

test('a killed browser is told to every session and to the owner, and leaves nothing behind', async () => {
  const { browser, main, tape, session } = await recording();
  const gone: AppError[] = [];
  browser.onGone((error) => gone.push(error));
  const dirs = (await profileDirs()).length;
  process.kill(main.pid, 'SIGKILL');
  await crashed(tape, 3000);
  await until('the browser is known to be gone', () => Promise.resolve(gone.length === 1));
  expect(gone[0]).toMatchObject({ code: 'BrowserCrashed', retryable: true });
  expect(browser.alive).toBe(false);
  await session.leave();
  await expect(browser.join(world.params(newRoom()), new Tape())).rejects.toMatchObject({ code: 'BrowserCrashed' });
  await browser.close();
  await until('its processes are gone', async () => (await groupOf(main.group)).length === 0);
  await until('its directory is gone', async () => (await profileDirs()).length === dirs - 1);
  expect(tape.eventsOf('crashed')).toHaveLength(1);
});

test('a killed renderer costs only its own recording', async () => {
  const { browser, main, tape, session } = await recording();
  const other = await joinAnother(browser, main);
  expect(other.renderers).not.toHaveLength(0);
  for (const { pid } of other.renderers) process.kill(pid, 'SIGKILL');
  await crashed(other.tape, 3000);
  await tape.further(20, 'anna/main/audio');
  expect(tape.eventsOf('crashed')).toEqual([]);
  expect(browser.alive).toBe(true);
  const again = await joinAnother(browser, main);
  await Promise.all([session.leave(), other.session.leave(), again.session.leave()]);
  await browser.close();
});

test('a renderer that hangs is found by its silence within 3 s', async () => {
  const { browser, main, session } = await recording();
  const other = await joinAnother(browser, main);
  const stoppedAt = Date.now();
  for (const { pid } of other.renderers) process.kill(pid, 'SIGSTOP');
  await crashed(other.tape, 15_000);
  expect(Date.now() - stoppedAt).toBeLessThan(8_000);
  expect(other.tape.eventsOf('crashed')[0]?.message).toContain('silent');
  const before = Date.now();
  await other.session.leave();
  expect(Date.now() - before).toBeLessThan(8_000);
  await session.leave();
  await browser.close();
  await until('even the hanging process is gone', async () => (await groupOf(main.group)).length === 0);
});

test('a browser that hangs is found and killed within 3 s, and its sessions are told', async () => {
  const { browser, main, tape, session } = await recording();
  const gone: AppError[] = [];
  browser.onGone((error) => gone.push(error));
  const stoppedAt = Date.now();
  process.kill(main.pid, 'SIGSTOP');
  await crashed(tape, 10_000);
  expect(Date.now() - stoppedAt).toBeLessThan(8_000);
  await until('the owner knows', () => Promise.resolve(gone.length === 1));
  expect(gone[0]?.message).toContain('hung');
  await session.leave();
  await until('its processes are gone', async () => (await groupOf(main.group)).length === 0);
});

test.each([
  // A worker of the page has the frames and the socket: they would go on.
  ['whose main thread hangs is found within 6 s', 'for (;;);', 'its main thread hangs', 10_000],
  ['that runs out of memory', 'for (const all = []; ; ) all.push(new Array(100_000).fill({}));', 'gone', 10_000],
])('a page %s, and costs only its own recording', async (_what, doom, why, withinMs) => {
  sabotaged = await sabotagedBrowser(world, { doom });
  const { tape } = await joined(sabotaged.browser);
  const { tape: other } = await joined(sabotaged.browser);
  const doomedAt = Date.now();
  sabotaged.doomLast();
  await crashed(other, 15_000);
  expect(Date.now() - doomedAt).toBeLessThan(withinMs);
  expect(other.eventsOf('crashed')[0]?.message).toContain(why);
  await tape.further(20, 'anna/main/audio');
  expect(tape.eventsOf('crashed')).toEqual([]);
});

test('a browser that opens no pages any more is replaced, and what it records goes on to its end', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'room-test-'));
  const flag = path.join(directory, 'no-more-renderers');
  const prefix = path.join(directory, 'renderer.sh');
  await writeFile(prefix, `#!/bin/sh\n[ -e '${flag}' ] && exit 1\nexec "$@"\n`, { mode: 0o755 });
  const { browser, main, tape, session } = await recording({
    chromiumArgs: [`--renderer-cmd-prefix=${prefix}`],
    sparePage: true,
  });
  await tape.further(100, 'anna/main/audio');
  await writeFile(flag, '');
  // The page it kept ready is still good; the next one tells.
  await (await browser.join(world.params(newRoom()), new Tape())).leave();
  await until('it is known to be useless', () => Promise.resolve(!browser.alive), 40_000);
  await tape.further(20, 'anna/main/audio');
  expect(tape.eventsOf('crashed')).toEqual([]);
  await session.leave();
  await until('it is gone after its last session', async () => (await groupOf(main.group)).length === 0, 15_000);
  await rm(directory, { recursive: true });
}, 120_000);

test('a recorder that was busy for 4 s does not take its pages for dead', async () => {
  const { browser, tape } = await recording();
  for (const end = Date.now() + 4000; Date.now() < end;);
  await tape.further(20, 'anna/main/audio');
  expect(tape.eventsOf('crashed')).toEqual([]);
  await browser.close();
});

/** The page's clock is ahead all of a sudden, as it is when everything stood still. */
const SLEPT = '{ const now = Date.now; Date.now = () => now() + 6_000; }';

test('a page that stood still and lost the server does not take the room from whoever has it now', async () => {
  sabotaged = await sabotagedBrowser(world, { doom: SLEPT });
  const name = newRoom();
  const room = world.room(name);
  await room.addAnchors({ userId: 'anna', clip: { seconds: 2 } });
  const sleeper = new Tape();
  const session = await sabotaged.browser.join(world.params(name), sleeper);
  await sleeper.further(5, 'anna/main/audio');
  sabotaged.doomLast();
  await sleeper.further(25, 'anna/main/audio');
  room.member(RECORDER).dropSignalling();
  await crashed(sleeper);
  expect(sleeper.eventsOf('crashed')[0]?.message).toMatch(/stood still for [6-9](\.\d)? s/);
  const successor = new Tape();
  const other = await world.browser.join(world.params(name), successor);
  await session.leave();
  await successor.further(150, 'anna/main/audio');
  expect(successor.eventsOf('kicked')).toEqual([]);
  await other.leave();
}, 60_000);

test('closing ends all sessions and leaves no process, page or directory', async () => {
  const { browser, main, tape } = await recording();
  const dirs = (await profileDirs()).length;
  await browser.close();
  expect(tape.eventsOf('crashed')).toEqual([]);
  await until('its processes are gone', async () => (await groupOf(main.group)).length === 0);
  expect(await profileDirs()).toHaveLength(dirs - 1);
});

test('sessions that were left leave no renderer', async () => {
  const { browser, main, session } = await recording();
  const idle = (await renderersOf(main)).length;
  for (let round = 0; round < 3; round += 1) await (await joinAnother(browser, main)).session.leave();
  await until('the renderers are gone', async () => (await renderersOf(main)).length <= idle);
  await session.leave();
  await browser.close();
});

test('when the recording process is killed its browser ends too, and the next start sweeps its directory', async () => {
  const child = spawn(process.execPath, [await bundledChild()], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const [main] = await chromiumsOf(child.pid!);
  expect(await profileDirs(child.pid)).toHaveLength(1);
  child.kill('SIGKILL');
  await until('its Chromium is gone', async () => (await groupOf(main!.group)).length === 0);
  await (await launchRoomBrowser({ logger: silentLogger() })).close();
  expect(await profileDirs(child.pid)).toEqual([]);
});

test.each([
  ['no such file', { chromiumPath: '/nonexistent/chromium' }, /no executable Chromium at \/nonexistent/],
  ['a program that is no browser', { chromiumPath: '/bin/false' }, /Chromium did not start/],
])('a browser that cannot start: %s', async (_what, options, message) => {
  const dirs = await profileDirs();
  const launched = launchRoomBrowser({ logger: silentLogger(), ...options });
  await expect(launched).rejects.toMatchObject({ code: 'BrowserUnavailable' });
  await expect(launched).rejects.toThrow(message);
  expect(await profileDirs()).toEqual(dirs);
});
