import { access, readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { probe } from '@trtc-recorder/stack';
import { startFleet, type Fleet } from './fleet.ts';

// Strangers choose UserIds and rooms. Whatever they are called: recorded, named safely, never on a command line.
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

const USERS = [
  '../x',
  '-rf',
  'a;b $(c)',
  `"quo'te"`,
  '中文',
  '😀',
  'u'.repeat(64),
  '.',
  'CON',
  'con',
  'a/b\\c',
  '%2e%2e',
  'user.name-1',
];
const ROOM = { type: 'string', id: '$(x) ;|&%<>.~[]^{}' } as const;

/** Command lines of all processes, looked at again and again until stopped. */
function watchCommandLines(): { stop(): Promise<string[]> } {
  const seen = new Set<string>();
  let on = true;
  const look = async () => {
    while (on) {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      for (const line of await Promise.all(pids.map(read))) seen.add(line.replaceAll('\0', ' '));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return [...seen];
  };
  const looking = look();
  return {
    stop: () => {
      on = false;
      return looking;
    },
  };
}

test('hostile names are recorded, named safely, and are on no command line', async () => {
  for (const userId of USERS) await fleet.sandbox.addAnchors(ROOM, { userId, main: false });
  const requestId = await fleet.api.submit(fleet.request({ StrRoomId: ROOM.id, UserId: 'rec; $(id)', Mode: '00' }));
  await fleet.capturing(requestId, { anchors: USERS.length, seconds: 3 });
  const watch = watchCommandLines();
  const result = await fleet.api
    .stop(requestId)
    .then(() => fleet.result(requestId))
    .finally(() => watch.stop());
  const commands = await watch.stop();

  expect(result).toMatchObject({ StrRoomId: ROOM.id, UserId: 'rec; $(id)', Reason: 'stopped' });
  expect(result.Files.map(({ UserId }) => UserId).sort()).toEqual([...USERS].sort());
  expect(new Set(result.Files.map(({ RecordFile }) => RecordFile.toLowerCase())).size).toBe(USERS.length);
  for (const file of result.Files) {
    expect(file).toMatchObject({ Status: 1, Message: 'record success' });
    // A URL as it stands: nothing left that a parser would have to mend.
    expect(new URL(file.RecordFile).href).toBe(file.RecordFile);
    const local = fleet.localPath(file);
    expect(local.startsWith(`${fleet.stack.filesDir}/${fleet.stack.bucket}/trtc/`)).toBe(true);
    await access(local);
    expect((await probe(local)).durationS).toBeGreaterThan(2);
  }
  expect(commands.some((line) => line.includes('ffmpeg'))).toBe(true);
  const hostile = commands.filter((line) => /a;b \$\(c\)|\$\(id\)|\$\(x\)|quo'te|中文|😀|u{64}/.test(line));
  expect(hostile).toEqual([]);
}, 120_000);
