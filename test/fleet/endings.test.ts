import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Room } from '@trtc-recorder/contracts';
import { truthOf } from '@trtc-recorder/stack';
import { signUserSig } from '@trtc-recorder/tencent';
import { startFleet, type Fleet } from './fleet.ts';

// Every way a recording ends: the reason is in the result, and what was recorded until then is delivered. What needs a
// refusal, of which there is one of a kind at a time, runs alone; the others run beside each other.
const NO_ANCHOR_S = 4;
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ env: { worker: { NO_ANCHOR_TIMEOUT_S: String(NO_ANCHOR_S) } } });
}, 240_000);
afterAll(() => fleet.stop(), 60_000);

let rooms = 5000;
const nextRoom = (): Room & { type: 'int' } => ({ type: 'int', id: (rooms += 1) });
const RECORDER = 'recorder';
const clip = { freq: 440, pattern: 'flash', gop: 1 } as const;

interface Ending {
  readonly name: string;
  readonly reason: string;
  readonly request?: Record<string, unknown>;
  end(room: Room, requestId: string): Promise<void>;
}

const endings: Ending[] = [
  {
    name: 'removed by the TRTC server API',
    reason: 'banned',
    end: (room) => fleet.trtc.removeUser(fleet.stack.keys.app.sdkAppId, room, RECORDER),
  },
  {
    name: 'the room dismissed by the TRTC server API',
    reason: 'room_disband',
    end: (room) => fleet.trtc.dismissRoom(fleet.stack.keys.app.sdkAppId, room),
  },
  {
    name: 'another login of the same UserId',
    reason: 'kick',
    end: (room) => fleet.sandbox.remove(room, RECORDER, 'kick'),
  },
  { name: 'no anchor any more', reason: 'no_anchor', end: (room) => fleet.sandbox.leave(room, 'anna') },
  { name: 'stopped through the API', reason: 'stopped', end: (_, requestId) => fleet.api.stop(requestId) },
  { name: 'the time limit', reason: 'max_duration', request: { MaxDuration: 20 }, end: () => Promise.resolve() },
];

describe('a recording ends', () => {
  test.concurrent.each(endings)(
    '$name: $reason',
    async ({ reason, request, end }) => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const fields = { RoomId: room.id, UserId: RECORDER, Mode: '02', ...request };
      const requestId = await fleet.api.submit(fleet.request(fields));
      await fleet.capturing(requestId, { anchors: 1, seconds: 4 });
      await end(room, requestId);
      const result = await fleet.result(requestId);
      expect(result).toMatchObject({ Reason: reason, Message: expect.stringMatching(/^record success: /) });
      expect(result.Files).toHaveLength(1);
      const truth = await truthOf(fleet.localPath(result.Files[0]!), clip.freq);
      expect(truth.errors).toBe('');
      expect(truth.beeps.length).toBeGreaterThanOrEqual(3);
    },
    60_000,
  );

  test.concurrent(
    'nobody ever publishes: no files, after the time without an anchor',
    async () => {
      const room = nextRoom();
      const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER, Mode: '02' }));
      expect(await fleet.result(requestId)).toMatchObject({ Files: [], Reason: 'no_anchor' });
    },
    60_000,
  );

  test('the SDK gives up and TRTC does not let it in again: what was recorded is delivered, and why is said', async () => {
    const room = nextRoom();
    await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
    const fields = { RoomId: room.id, UserId: 'locked-out', Mode: '02' };
    const requestId = await fleet.api.submit(fleet.request(fields));
    await fleet.capturing(requestId, { anchors: 1, seconds: 4 });
    const refused = { code: 70001, userId: 'locked-out' };
    for (const what of ['reconnect', 'join']) await fleet.sandbox.refuse(what, refused);
    await fleet.sandbox.dropSignalling(room, 'locked-out');
    const result = await fleet.result(requestId);
    for (const what of ['reconnect', 'join']) await fleet.sandbox.refuse(what, null);
    expect(result).toMatchObject({ Reason: 'failed', Message: expect.stringMatching(/could not join again.*70001/) });
    expect(result.Files.map(({ Status }) => Status)).toEqual([1]);
  }, 120_000);

  test('an anchor of whom nothing came: a file that failed says so', async () => {
    const room = nextRoom();
    await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
    await fleet.sandbox.refuse('subscribe', { code: -1, userId: 'unheard' });
    const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: 'unheard', Mode: '02' }));
    await fleet.capturing(requestId, { anchors: 0, seconds: 13 });
    await fleet.api.stop(requestId);
    const { Files } = await fleet.result(requestId);
    await fleet.sandbox.refuse('subscribe', null);
    const Message = expect.stringMatching(/^record fail: audio and video/);
    expect(Files).toEqual([expect.objectContaining({ UserId: 'anna', Status: 0, Message })]);
  }, 60_000);

  /** A refusal that TRTC makes itself, or is told to make; `userSig` and `SdkAppId` are good unless given. */
  const refused: [string, { code?: number; SdkAppId?: number; secretKey?: string }, RegExp][] = [
    ['out of money', { code: -100013 }, /-100013\).*out of credit/],
    ['full of audience', { code: -102052 }, /-102052\).*room is full/],
    ['of an app that does not exist', { SdkAppId: 1400000001 }, /70020\).*SdkAppId does not exist/],
    ['with a UserSig made with another key', { secretKey: 'another key' }, /7000\d\).*UserSig does not verify/],
  ];
  test.each(refused)(
    'refused by TRTC, %s: record fail with the code and what to do, and no further tries',
    async (_, { code, SdkAppId = fleet.stack.keys.app.sdkAppId, secretKey }, message) => {
      // Of its own: other recorders join meanwhile.
      const UserId = 'refused';
      if (code !== undefined) await fleet.sandbox.refuse('join', { code, userId: UserId });
      const app = { sdkAppId: SdkAppId, secretKey: secretKey ?? fleet.stack.keys.app.secretKey };
      const UserSig = signUserSig({ ...app, userId: UserId, expireSeconds: 3600 });
      const fields = { RoomId: nextRoom().id, UserId, SdkAppId, UserSig };
      const requestId = await fleet.api.submit(fleet.request(fields));
      const result = await fleet.result(requestId);
      if (code !== undefined) await fleet.sandbox.refuse('join', null);
      expect(result).toMatchObject({ Files: [], Reason: 'failed', Message: expect.stringMatching(/^record fail: /) });
      expect(result.Message).toMatch(message);
      expect(await fleet.api.status(requestId)).toMatchObject({ State: 'failed', Attempts: 1 });
    },
    60_000,
  );

  test.concurrent(
    'terminated through the API while it captures: nothing is delivered, and the callback says so',
    async () => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER }));
      await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
      await fetch(`${fleet.stack.apiUrl}/v1/recordings/${requestId}/terminate`, { method: 'POST' });
      expect(await fleet.result(requestId)).toMatchObject({ Reason: 'terminated', Files: [] });
      expect(await fleet.api.status(requestId)).toMatchObject({ State: 'failed' });
    },
    60_000,
  );

  test.concurrent(
    'its time limit shortened while it captures',
    async () => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER }));
      await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
      const { region: Region, bucket: Bucket } = fleet.stack;
      const body = JSON.stringify({ MaxDuration: 4, CosConfig: { Region, Bucket, Path: '/changed' } });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${fleet.stack.apiUrl}/v1/recordings/${requestId}`, { method: 'PATCH', headers, body });
      const { Reason, Files } = await fleet.result(requestId);
      expect([Reason, Files[0]?.Status]).toEqual(['max_duration', 1]);
      expect(new URL(Files[0]!.RecordFile).pathname).toMatch(/^\/changed\//);
    },
    60_000,
  );
});

describe('the wrong bucket, keys or region', () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['no such bucket', { Bucket: 'nowhere-123456789' }, /^upload fail: .*nowhere-123456789/],
    ['a bucket of another region', { Region: 'ap-guangzhou' }, /^upload fail: .*ap-guangzhou/],
    ['unknown SecretId', { SecretId: 'AKIDnobody', SecretKey: 'x'.repeat(32) }, /^upload fail: .*SecretId/],
  ];
  test.concurrent.each(cases)(
    '%s: upload fail that says which, and the segments stay',
    async (_, change, message) => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const { region: Region, bucket: Bucket } = fleet.stack;
      const CosConfig = { Region, Bucket, Path: '/', ...change };
      const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER, CosConfig }));
      await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
      await fleet.api.stop(requestId);
      const { Files } = await fleet.result(requestId);
      expect(Files).toEqual([
        expect.objectContaining({ Status: 0, RecordFile: '', Message: expect.stringMatching(message) }),
      ]);
      expect(JSON.stringify(Files)).not.toContain('x'.repeat(32));
    },
    60_000,
  );

  test.concurrent(
    'with a backup: delivered there, and the result says so',
    async () => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const { region: Region, bucket: Bucket } = fleet.stack;
      const CosConfig = { Region, Bucket: 'nowhere-123456789', Path: '/trtc' };
      const BackupCosConfig = { Region, Bucket, Path: '/backup' };
      const asked = { RoomId: room.id, UserId: RECORDER, CosConfig, BackupCosConfig };
      const requestId = await fleet.api.submit(fleet.request(asked));
      await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
      await fleet.api.stop(requestId);
      const { Files } = await fleet.result(requestId);
      expect(Files).toMatchObject([
        {
          Status: 1,
          Backup: true,
          Message: expect.stringMatching(/^record success: in the backup bucket, instead of bucket nowhere-123456789/),
        },
      ]);
      expect((await truthOf(fleet.localPath(Files[0]!), clip.freq)).errors).toBe('');
      expect(new URL(Files[0]!.RecordFile).pathname).toMatch(new RegExp(`^/backup/${room.id}/${requestId}/anna_main_`));
    },
    60_000,
  );

  test.concurrent(
    "the caller's own keys are used alone, and Path / is the root",
    async () => {
      const room = nextRoom();
      await fleet.sandbox.addAnchors(room, { userId: 'anna', clip });
      const { region: Region, bucket: Bucket, keys } = fleet.stack;
      const CosConfig = { Region, Bucket, Path: '/', SecretId: keys.cloud.secretId, SecretKey: keys.cloud.secretKey };
      const requestId = await fleet.api.submit(fleet.request({ RoomId: room.id, UserId: RECORDER, CosConfig }));
      await fleet.capturing(requestId, { anchors: 1, seconds: 2 });
      await fleet.api.stop(requestId);
      const { Files } = await fleet.result(requestId);
      expect(Files[0]?.RecordFile).toMatch(
        new RegExp(
          `^https://${Bucket}\\.cos\\.${Region}\\.myqcloud\\.com/${room.id}/${requestId}/anna_main_[\\dTZ.]+\\.mp3$`,
        ),
      );
    },
    60_000,
  );
});
