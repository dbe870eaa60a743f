import { RecordingRequestSchema, roomOf, type CosConfig, type RecordingRequest } from '@trtc-recorder/contracts';
import type { NewRecording, RecordingSecrets } from '@trtc-recorder/queue';
import { AppError } from '@trtc-recorder/runtime';
import { checkUserSig } from '@trtc-recorder/tencent';
import { parseBody } from './parse.ts';
import type { Settings } from './settings.ts';
import { warningsFor } from './warnings.ts';

/** A request that was found good, taken apart: what may lie in the clear, and what may not. */
export interface Accepted {
  readonly recording: NewRecording;
  readonly secrets: RecordingSecrets;
  readonly callback?: { readonly url: string };
  /** What has no effect, or less than asked. */
  readonly warnings: readonly string[];
  /** The time limit that holds, s. */
  readonly maxDurationS: number;
}

/**
 * Checks a request to record. Every fault is named with its field, all at once.
 * Errors: InvalidParameter, InvalidParameter.Field, InvalidParameter.UserSig. Their messages never repeat a value.
 */
export function acceptRequest(body: unknown, settings: Settings, now: number): Accepted {
  const request = parseBody(RecordingRequestSchema, body);
  requireWhatIsNotConfigured(request, settings);
  refuseWrongUserSig(request, now);
  const { maxDurationS: limit } = settings;
  return {
    recording: recordingOf(request, limit),
    secrets: secretsOf(request),
    ...callbackOf(request),
    warnings: warningsFor(body, request, limit),
    maxDurationS: Math.min(request.MaxDuration ?? limit, limit),
  };
}

function requireWhatIsNotConfigured(request: RecordingRequest, { signedApps, hasDefaultCos }: Settings): void {
  const missing = [
    ...(request.UserSig === undefined && !signedApps.has(request.SdkAppId) ? ['UserSig is required'] : []),
    ...(request.CosConfig === undefined && !hasDefaultCos ? ['CosConfig is required'] : []),
  ];
  if (missing.length > 0) throw new AppError('InvalidParameter.Field', missing.join('; '));
}

/** A wrong signature is told at once, not after a join that fails. */
export function refuseWrongUserSig(
  { UserSig, SdkAppId, UserId }: Pick<RecordingRequest, 'UserSig' | 'SdkAppId' | 'UserId'>,
  now: number,
): void {
  if (UserSig === undefined) return;
  const fault = checkUserSig({ userSig: UserSig, sdkAppId: SdkAppId, userId: UserId, now });
  if (fault !== null) throw new AppError('InvalidParameter.UserSig', `UserSig ${fault}`);
}

function recordingOf(request: RecordingRequest, maxDurationS: number): NewRecording {
  const { SdkAppId, UserId, Mode, CosConfig, BackupCosConfig, MaxDuration } = request;
  return {
    sdkAppId: SdkAppId,
    room: roomOf(request),
    userId: UserId,
    mode: Mode,
    cos: CosConfig ? bucketOf(CosConfig) : null,
    ...(BackupCosConfig && { backupCos: bucketOf(BackupCosConfig) }),
    ...(MaxDuration !== undefined && { maxDurationMs: Math.min(MaxDuration, maxDurationS) * 1000 }),
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
export function credentialsOf({
  SecretId,
  SecretKey,
  SessionToken,
}: Pick<CosConfig, 'SecretId' | 'SecretKey' | 'SessionToken'> = {}) {
  if (!SecretId || !SecretKey) return undefined;
  return { secretId: SecretId, secretKey: SecretKey, ...(SessionToken && { sessionToken: SessionToken }) };
}

const callbackOf = ({ Callback }: RecordingRequest) => (Callback === undefined ? {} : { callback: { url: Callback } });
