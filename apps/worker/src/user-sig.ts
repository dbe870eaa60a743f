import { AppError } from '@trtc-recorder/runtime';
import { signUserSig } from '@trtc-recorder/tencent';
import type { Ports } from './ports.ts';

/** A UserSig the service signs outlives the longest recording it may join again in, s. */
const EXPIRE_S = 2 * 86_400;

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
