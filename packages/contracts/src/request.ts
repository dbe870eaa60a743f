import { z } from 'zod';
import { KEY_TEXT, KEY_TEXT_RULE, trimPasted } from './pasted.ts';
import type { Room } from './room.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const hasControlCharacters = (text: string): boolean => /\p{Cc}/u.test(text);

/** Characters TRTC allows in a string room (trtc-sdk-v5 index.d.ts, `strRoomId`). */
const STR_ROOM = /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]*$/;
/** `name-appid`: lower-case letters, digits and inner hyphens, then the numeric APPID (COS bucket naming). */
const BUCKET = /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?-\d{5,13}$/;
const REGION = /^[a-z]{2,}(?:-[a-z0-9]+)*$/;

/** Who POSTs there has to decode the login to send it. */
function hasReadableLogin({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}

/** JSON can carry half of a surrogate pair (`"\ud83d"`), which no UTF-8 text, and so no Redis, can keep. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const text = (name: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? `${name} is required` : `${name} must be a string`) })
    .refine((value) => !LONE_SURROGATE.test(value), 'must be valid Unicode: it contains half of a surrogate pair');

const keyText = (name: string) => text(name).overwrite(trimPasted).regex(KEY_TEXT, KEY_TEXT_RULE);

const cosFields = (name: string) => ({
  SecretId: keyText(`${name}.SecretId`).max(128).optional(),
  SecretKey: keyText(`${name}.SecretKey`).max(128).optional(),
  SessionToken: keyText(`${name}.SessionToken`).max(8192).optional(),
  Region: text(`${name}.Region`).regex(REGION, 'must be a COS region such as ap-guangzhou'),
  Bucket: text(`${name}.Bucket`).regex(BUCKET, 'must be name-appid, such as recordings-1250000000'),
  Path: text(`${name}.Path`)
    .refine((path) => bytes(path) <= 512, 'must be at most 512 bytes')
    .refine((path) => !hasControlCharacters(path), 'must not contain control characters')
    .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'must not contain . or ..'),
});

type Keys = Partial<Record<'SecretId' | 'SecretKey' | 'SessionToken', string | undefined>>;

function checkKeys(cos: Keys, context: z.RefinementCtx): void {
  const issue = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message, input: undefined });
  if (cos.SecretId && !cos.SecretKey) issue('SecretKey', 'is required together with SecretId');
  if (cos.SecretKey && !cos.SecretId) issue('SecretId', 'is required together with SecretKey');
  if (cos.SessionToken && !cos.SecretId) issue('SessionToken', 'needs SecretId and SecretKey');
}

/** Where files go, and with whose keys. A caller's keys are never combined with the worker's session token. */
function cosConfig(name: string) {
  const fields = cosFields(name);
  return z
    .object({ ...fields, Path: fields.Path.default('/') }, { error: 'must be an object with Region and Bucket' })
    .superRefine(checkKeys);
}
export const CosConfigSchema = cosConfig('CosConfig');
export type CosConfig = z.infer<typeof CosConfigSchema>;

export const ModeSchema = z.enum(['00', '01', '02'], {
  error: 'must be "00" (audio, MP3), "01" (video, MP4) or "02" (audio and video, MP4)',
});
/** `00` audio as MP3, `01` video as MP4, `02` audio and video as MP4. */
export type Mode = z.infer<typeof ModeSchema>;

/** What may also be changed while a recording waits or runs. */
const changeable = {
  UserSig: keyText('UserSig').min(1, 'must not be empty').max(8192).optional(),
  Callback: text('Callback')
    .max(2048)
    .refine(
      (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
      'must be an absolute http or https URL',
    )
    .refine(
      (value) => !URL.canParse(value) || hasReadableLogin(new URL(value)),
      'has a % in its login that begins no escape: write it as %25',
    )
    .optional(),
  /** Time limit of the recording in seconds; the operator's limit (default 24 h) holds above it. */
  MaxDuration: z
    .int({ error: 'must be an integer: seconds' })
    .min(1, 'must be at least 1 second')
    .max(7 * 86_400, 'must be at most 7 days')
    .optional(),
};

/**
 * What a caller POSTs to start a recording, field by field as in the documented contract. Unknown fields are ignored.
 * Given both rooms, RoomId wins and StrRoomId is not looked at.
 */
export const RecordingRequestSchema = z
  .object(
    {
      SdkAppId: z.int({ error: 'must be an integer: the TRTC application' }).min(1).max(4294967295),
      RoomId: z
        .int({ error: 'must be an integer from 1 to 4294967294' })
        .min(1, 'must be an integer from 1 to 4294967294')
        .max(4294967294, 'must be an integer from 1 to 4294967294')
        .optional(),
      // Checked below, and only where RoomId is not given.
      StrRoomId: z.unknown().optional().meta({ type: 'string', maxLength: 64 }),
      UserId: text('UserId')
        .min(1, 'must not be empty')
        .refine((id) => bytes(id) <= 64, 'must be at most 64 bytes')
        .refine((id) => !hasControlCharacters(id), 'must not contain control characters'),
      ...changeable,
      CosConfig: CosConfigSchema.optional(),
      /** Where files go when they cannot be delivered by CosConfig. */
      BackupCosConfig: cosConfig('BackupCosConfig').optional(),
      Mode: ModeSchema.default('00'),
    },
    { error: 'the body must be a JSON object' },
  )
  .superRefine((request, context) => {
    const issue = (message: string) =>
      context.addIssue({ code: 'custom', path: ['StrRoomId'], message, input: undefined });
    if (request.RoomId !== undefined) return;
    const id = request.StrRoomId;
    if (id === undefined || id === null || id === '')
      context.addIssue({
        code: 'custom',
        path: ['RoomId'],
        message: 'RoomId or StrRoomId is required',
        input: undefined,
      });
    else if (typeof id !== 'string') issue('must be a string');
    else if (bytes(id) > 64) issue('must be at most 64 bytes');
    else if (!STR_ROOM.test(id)) issue('may contain only a-zA-Z0-9 and space !#$%&()+-:;<=.>?@[]^_{}|~,');
  });
export type RecordingRequest = z.infer<typeof RecordingRequestSchema>;

/** The room a valid request names. */
export const roomOf = (request: RecordingRequest): Room =>
  request.RoomId !== undefined
    ? { type: 'int', id: request.RoomId }
    : { type: 'string', id: String(request.StrRoomId) };

const onlyThese = (fields: string) => (issue: { code: string }) =>
  issue.code === 'unrecognized_keys' ? `only ${fields} can be changed` : `must be an object of ${fields}`;

const place = cosFields('CosConfig');

/** What a caller PATCHes of a recording that waits or runs. Unlike at submission, no other field is passed over. */
export const RecordingUpdateSchema = z
  .strictObject(
    {
      ...changeable,
      CosConfig: z
        .strictObject(
          { ...place, Region: place.Region.optional(), Bucket: place.Bucket.optional(), Path: place.Path.optional() },
          { error: onlyThese('Region, Bucket, Path, SecretId, SecretKey and SessionToken') },
        )
        .superRefine(checkKeys)
        .optional(),
    },
    { error: onlyThese('MaxDuration, Callback, UserSig and CosConfig') },
  )
  .refine(
    (update) => Object.keys(update).length > 0,
    'nothing to change: give MaxDuration, Callback, UserSig or CosConfig',
  );
export type RecordingUpdate = z.infer<typeof RecordingUpdateSchema>;
