import { randomBytes } from 'node:crypto';
import type { RecordingResult } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import type { NewRecording, Recording, RecordingSecrets } from '../../src/index.ts';

export const logger = silentLogger();
export const payloadKey = randomBytes(32).toString('base64');

let users = 0;
/** A recording of a recorder that no other sample has. */
export const sample = (changes: Partial<NewRecording> = {}): NewRecording => ({
  sdkAppId: 1400000000,
  room: { type: 'int', id: 43474 },
  userId: `recorder-${(users += 1)}`,
  mode: '02',
  cos: { region: 'ap-shanghai', bucket: 'test-123456789', path: '/trtc' },
  ...changes,
});

export const secrets: RecordingSecrets = {
  userSig: 'eJw-SECRET-usersig',
  cosCredentials: { secretId: 'AKID-SECRET-id', secretKey: 'SECRET-key', sessionToken: 'SECRET-token' },
  backupCosCredentials: { secretId: 'AKID-SECRET-backup', secretKey: 'SECRET-backup-key' },
};

export const callback = { url: 'http://127.0.0.1:9/hook?token=SECRET-callback' };

/** The result a flow gives for a recording that went well. */
export const resultFor = (recording: Recording, changes: Partial<RecordingResult> = {}): RecordingResult => ({
  SdkAppId: String(recording.sdkAppId),
  RoomId: recording.room.type === 'int' ? String(recording.room.id) : '',
  StrRoomId: recording.room.type === 'string' ? recording.room.id : '',
  UserId: recording.userId,
  Files: [],
  RequestId: recording.requestId,
  Reason: 'banned',
  Message: 'record success: the recorder was removed from the room',
  ...changes,
});
