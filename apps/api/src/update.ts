import { RecordingUpdateSchema, type RecordingUpdate } from '@trtc-recorder/contracts';
import type { RecordingPatch } from '@trtc-recorder/queue';
import { parseBody } from './parse.ts';
import { credentialsOf } from './request.ts';

/** A change as the caller sent it, checked field by field. Errors: InvalidParameter, InvalidParameter.Field. */
export const parseUpdate = (body: unknown): RecordingUpdate => parseBody(RecordingUpdateSchema, body);

/** The change in the queue's words. No time limit is above `maxDurationS`. */
export function patchOf(
  { MaxDuration, UserSig, Callback, CosConfig }: RecordingUpdate,
  maxDurationS: number,
): RecordingPatch {
  const cosCredentials = credentialsOf(CosConfig);
  return {
    ...(MaxDuration !== undefined && { maxDurationMs: Math.min(MaxDuration, maxDurationS) * 1000 }),
    ...(UserSig !== undefined && { userSig: UserSig }),
    ...(Callback !== undefined && { callback: { url: Callback } }),
    ...(CosConfig !== undefined && placeOf(CosConfig)),
    ...(cosCredentials !== undefined && { cosCredentials }),
  };
}

function placeOf({ Region, Bucket, Path }: NonNullable<RecordingUpdate['CosConfig']>): Pick<RecordingPatch, 'cos'> {
  const cos = {
    ...(Region !== undefined && { region: Region }),
    ...(Bucket !== undefined && { bucket: Bucket }),
    ...(Path !== undefined && { path: Path }),
  };
  return Object.keys(cos).length === 0 ? {} : { cos };
}
