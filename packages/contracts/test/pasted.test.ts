import { describe, expect, test } from '@jest/globals';
import { RecordingRequestSchema, RecordingUpdateSchema } from '@trtc-recorder/contracts';

const cos = { Region: 'ap-shanghai', Bucket: 'test-123456789', Path: '/' };
const request = (change: object) => ({ SdkAppId: 1400000000, RoomId: 1, UserId: 'u', UserSig: 'eJx', ...change });
const keys = { SecretId: 'AKIDx', SecretKey: 'key', SessionToken: 'token' };
type Field = keyof typeof keys;
const fields = Object.keys(keys) as Field[];

/** What comes along when a key is copied from a page, a chat or a table. */
const unseen = [' ', '\n', '\r\n', '\t', '\u200b', '\ufeff', '\u00a0', '\u2028', '\u202c', '\u3000', '\0', ' \u200b\n'];

describe.each(fields)('CosConfig.%s', (field) => {
  test.each(unseen)('loses %j at its ends', (mark) => {
    const pasted = { ...cos, ...keys, [field]: `${mark}${keys[field]}${mark}` };
    const parsed = RecordingRequestSchema.parse(request({ CosConfig: pasted, BackupCosConfig: pasted }));
    expect(parsed.CosConfig?.[field]).toBe(keys[field]);
    expect(parsed.BackupCosConfig?.[field]).toBe(keys[field]);
    expect(RecordingUpdateSchema.parse({ CosConfig: pasted }).CosConfig?.[field]).toBe(keys[field]);
  });

  test.each([...unseen, 'é', '\u0430'])('is refused with %j inside, by its name', (mark) => {
    const parsed = RecordingRequestSchema.safeParse(
      request({ CosConfig: { ...cos, ...keys, [field]: `ab${mark}cd` } }),
    );
    expect(parsed.error?.issues).toMatchObject([
      { path: ['CosConfig', field], message: expect.stringMatching(/^must be visible ASCII/) },
    ]);
  });
});

test('a UserSig is treated in the same way', () => {
  expect(RecordingRequestSchema.parse(request({ UserSig: '\u200beJx*-_\n' })).UserSig).toBe('eJx*-_');
  expect(RecordingRequestSchema.safeParse(request({ UserSig: 'eJ\nx' })).error?.issues[0]?.path).toEqual(['UserSig']);
  expect(RecordingUpdateSchema.safeParse({ UserSig: ' \n' }).success).toBe(false);
});
