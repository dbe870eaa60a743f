import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@trtc-recorder/runtime';
import { isInRoom, type Recording, type RecordingSecrets, type RecordingState } from '../recording.ts';

/** What to change of a recording that waits or runs; what is absent stays. Already checked field by field. */
export interface RecordingPatch {
  readonly maxDurationMs?: number;
  readonly userSig?: string;
  readonly callback?: { readonly url: string };
  /** Region, bucket and path, each by itself. */
  readonly cos?: Partial<NonNullable<Recording['cos']>>;
  /** All of them, or none. */
  readonly cosCredentials?: RecordingSecrets['cosCredentials'];
}

/** The changeable parts of a recording. */
export interface Changeable {
  readonly recording: Recording;
  readonly secrets: RecordingSecrets;
  readonly url: string | undefined;
}

/** Names of the API's fields. */
export type ChangedField = 'MaxDuration' | 'UserSig' | 'Callback' | 'CosConfig' | 'CosConfig keys';

/** The recording as the patch leaves it. Error: InvalidParameter.Field when half a bucket would be the outcome. */
export function patched({ recording, secrets, url }: Changeable, patch: RecordingPatch): Changeable {
  const { maxDurationMs, userSig, callback, cos, cosCredentials } = patch;
  return {
    recording: {
      ...recording,
      ...(maxDurationMs !== undefined && { maxDurationMs }),
      ...(cos !== undefined && { cos: wholeCos({ path: '/', ...recording.cos, ...cos }) }),
    },
    secrets: {
      ...secrets,
      ...(userSig !== undefined && { userSig }),
      ...(cosCredentials !== undefined && { cosCredentials }),
    },
    url: callback?.url ?? url,
  };
}

function wholeCos({ region, bucket, path }: Partial<NonNullable<Recording['cos']>>): NonNullable<Recording['cos']> {
  if (region !== undefined && bucket !== undefined && path !== undefined) return { region, bucket, path };
  const missing = region === undefined ? 'Region' : 'Bucket';
  throw new AppError(
    'InvalidParameter.Field',
    `CosConfig.${missing} is required: the recording goes to the operator's bucket until now`,
  );
}

/** Which fields really change. */
export function changedFields(before: Changeable, after: Changeable): ChangedField[] {
  const pairs: [ChangedField, unknown, unknown][] = [
    ['MaxDuration', before.recording.maxDurationMs, after.recording.maxDurationMs],
    ['UserSig', before.secrets.userSig, after.secrets.userSig],
    ['Callback', before.url, after.url],
    ['CosConfig', before.recording.cos, after.recording.cos],
    ['CosConfig keys', before.secrets.cosCredentials, after.secrets.cosCredentials],
  ];
  return pairs.flatMap(([field, was, is]) => (isDeepStrictEqual(was, is) ? [] : [field]));
}

/** Refuses what would have no effect any more at the step reached. Error: UpdateTooLate. */
export function refuseLate(changed: readonly ChangedField[], state: RecordingState): void {
  const late = changed.filter(
    (field) =>
      (!isInRoom(state) && (field === 'MaxDuration' || field === 'UserSig')) ||
      (state.step === 'upload' && field === 'CosConfig'),
  );
  if (late.length === 0) return;
  const why = late.includes('CosConfig') ? 'uploading has begun' : 'the recorder has left the room';
  throw new AppError('UpdateTooLate', `${late.join(', ')} can no longer be changed: ${why}`);
}
