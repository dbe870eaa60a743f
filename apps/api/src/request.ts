import { RecordingRequestSchema, roomOf, type CosConfig, type RecordingRequest } from '@trtc-recorder/contracts';
import type { NewRecording, RecordingSecrets } from '@trtc-recorder/queue';
import { AppError } from '@trtc-recorder/runtime';
import { checkUserSig } from '@trtc-recorder/tencent';
import type { z } from 'zod';
import type { Settings } from './settings.ts';

/** A request that was found good, taken apart: what may lie in the clear, and what may not. */
export interface Accepted {
  readonly recording: NewRecording;
  readonly secrets: RecordingSecrets;
  readonly callback?: { readonly url: string };
}

/**
 * Checks a request to record. Every fault is named with its field, all at once.
 * Errors: InvalidParameter, InvalidParameter.Field, InvalidParameter.UserSig. Their messages never repeat a value.
 */
export function acceptRequest(body: unknown, settings: Settings, now: number): Accepted {
  const parsed = RecordingRequestSchema.safeParse(withoutNulls(body));
  if (!parsed.success) throw refusal(parsed.error.issues);
  const request = parsed.data;
  requireWhatIsNotConfigured(request, settings);
  refuseWrongUserSig(request, now);
  return { recording: recordingOf(request), secrets: secretsOf(request), ...callbackOf(request) };
}

/** A field that is null is absent, here and in CosConfig: many JSON writers put null where nothing was set. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const present = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(present.map(([name, field]) => [name, withoutNulls(field)]));
}

function refusal(issues: readonly z.core.$ZodIssue[]): AppError {
  const faults = issues.map(({ path, message }) => {
    const field = path.join('.');
    return field === '' || message.startsWith(field) ? message : `${field}: ${message}`;
  });
  const whole = issues.every(({ path }) => path.length === 0);
  return new AppError(whole ? 'InvalidParameter' : 'InvalidParameter.Field', faults.join('; '));
}

function requireWhatIsNotConfigured(request: RecordingRequest, { signedApps, hasDefaultCos }: Settings): void {
  const missing = [
    ...(request.UserSig === undefined && !signedApps.has(request.SdkAppId) ? ['UserSig is required'] : []),
    ...(request.CosConfig === undefined && !hasDefaultCos ? ['CosConfig is required'] : []),
  ];
  if (missing.length > 0) throw new AppError('InvalidParameter.Field', missing.join('; '));
}

/** A wrong signature is told at once, not after a join that fails. */
function refuseWrongUserSig({ UserSig, SdkAppId, UserId }: RecordingRequest, now: number): void {
  if (UserSig === undefined) return;
  const fault = checkUserSig({ userSig: UserSig, sdkAppId: SdkAppId, userId: UserId, now });
  if (fault !== null) throw new AppError('InvalidParameter.UserSig', `UserSig ${fault}`);
}

function recordingOf(request: RecordingRequest): NewRecording {
  const { SdkAppId, UserId, Mode, CosConfig, BackupCosConfig, MaxDuration } = request;
  return {
    sdkAppId: SdkAppId,
    room: roomOf(request),
    userId: UserId,
    mode: Mode,
    cos: CosConfig ? bucketOf(CosConfig) : null,
    ...(BackupCosConfig && { backupCos: bucketOf(BackupCosConfig) }),
    ...(MaxDuration !== undefined && { maxDurationMs: MaxDuration * 1000 }),
  };
}

const bucketOf = ({ Region: region, Bucket: bucket, Path: path }: CosConfig) => ({ region, bucket, path });

function secretsOf({ UserSig, CosConfig, BackupCosConfig }: RecordingRequest): RecordingSecrets {
  const cosCredentials = credentialsOf(CosConfig);
  const backupCosCredentials = credentialsOf(BackupCosConfig);
  return {
    ...(UserSig !== undefined && { userSig: UserSig }),
    ...(cosCredentials && { cosCredentials }),
    ...(backupCosCredentials && { backupCosCredentials }),
  };
}

/** Empty keys are none: a caller's configuration without keys often has them empty. */
function credentialsOf({ SecretId, SecretKey, SessionToken }: Partial<CosConfig> = {}) {
  if (!SecretId || !SecretKey) return undefined;
  return { secretId: SecretId, secretKey: SecretKey, ...(SessionToken && { sessionToken: SessionToken }) };
}

const callbackOf = ({ Callback }: RecordingRequest) => (Callback === undefined ? {} : { callback: { url: Callback } });
