import { AppError } from '@trtc-recorder/runtime';
import { decodeUserSig, signUserSig } from '@trtc-recorder/tencent';
import type { Job, Ports } from './ports.ts';

/** A UserSig the service signs outlives the longest recording there may be, of 7 days: the SDK joins again by itself, s. */
const EXPIRE_S = 8 * 86_400;

/** The UserSig a recording joins with: signed by the service where it has the app's key, else the request's own. */
export const userSigSource =
  (keys: ReadonlyMap<number, string>): Ports['userSig'] =>
  ({ recording: { sdkAppId, userId }, secrets }) => {
    const secretKey = keys.get(sdkAppId);
    if (secretKey !== undefined) return signUserSig({ sdkAppId, secretKey, userId, expireSeconds: EXPIRE_S });
    if (secrets.userSig !== undefined) return secrets.userSig;
    const problem = `no UserSig: the request has none and APP_SECRET_KEYS has no key of app ${sdkAppId}`;
    throw new AppError('JoinRefused', problem);
  };

/**
 * What a person should know of the UserSig a recording has just joined with: TRTC looks at it at a join only, so that
 * one which expires shows when the room is lost, and then the recording can't come back. Null: it lasts for as long as
 * the recording may, or the service signs a new one at each join.
 */
export function expiryWarning({ secrets, recording }: Job, userSig: string, ports: Ports): string | null {
  const expiresAt = userSig === secrets.userSig ? decodeUserSig(userSig)?.expiresAt : undefined;
  const latestEnd = ports.now() + (recording.maxDurationMs ?? ports.settings.maxDurationMs);
  if (expiresAt === undefined || expiresAt > latestEnd) return null;
  const when = new Date(expiresAt).toISOString();
  return `join: its UserSig expires at ${when}; if the room is lost later, it can be joined again only with a new one`;
}
