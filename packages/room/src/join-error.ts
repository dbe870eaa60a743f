import { AppError } from '@trtc-recorder/runtime';
import type { SdkFailure } from './page-protocol.ts';

/**
 * What TRTC's refusals mean, by the SDK's extraCode: web.sdk.qcloud.com/trtc/webrtc/doc/en/module-ErrorCode.html
 * (account errors), trtc.io/document/59414 (room entry), trtc-sdk-v5 ERROR_CODE. Each is final: the same request is
 * refused again.
 */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [-8, 'SdkAppId does not exist; check it in the TRTC console'],
  [5012, 'StrRoomId has a character or a length that TRTC does not allow'],
  [5401, 'the application has not bought this feature; see its package in the TRTC console'],
  [70001, 'UserSig has expired; sign a new one'],
  [70002, 'UserSig is empty or malformed; sign it for this SdkAppId and UserId'],
  [70003, "UserSig does not verify; it was made with another application's key, or was cut off"],
  [70004, "UserSig does not verify; it was made with another application's key, or was cut off"],
  [70005, "UserSig does not verify; it was made with another application's key, or was cut off"],
  [70007, "UserSig does not verify; it was made with another application's key, or was cut off"],
  [70009, "UserSig does not verify; it was made with another application's key"],
  [70010, "UserSig does not verify; it was made with another application's key"],
  [70013, 'UserSig was made for another UserId'],
  [70014, 'UserSig was made for another SdkAppId'],
  [70016, 'no key exists for this application to verify UserSig with'],
  [70020, 'SdkAppId does not exist; check it in the TRTC console'],
  [-100006, 'the application demands a privateMapKey (advanced permission control); switch it off for this room'],
  [-100013, 'the Tencent Cloud account is out of credit or the TRTC package is used up; recharge it'],
  [-100018, 'UserSig does not verify; check the key it was made with'],
]);

/** SDK error codes that are final whatever the extraCode: invalid parameter, environment not supported. */
const isFinalCode = (code: number | undefined): boolean =>
  code !== undefined && ((code >= 5000 && code < 5100) || (code >= 5200 && code < 5300));

/** Every UserSig refusal has a number of this range, also those without an explanation above. */
const isSignatureCode = (code: number | undefined): boolean => code !== undefined && code >= 70001 && code <= 70050;

/** A failed enterRoom as JoinRefused (final) or JoinFailed (worth a retry), with the SDK's numbers and a hint. */
export function joinError(failure: SdkFailure): AppError {
  const { code, extraCode } = failure;
  // The SDK's messages have line breaks; a job's log and a callback want one line.
  const message = failure.message.replaceAll(/\s+/g, ' ').trim();
  const numbers = `${code ?? '-'}${extraCode === undefined ? '' : `/${extraCode}`}`;
  const hint = extraCode === undefined ? undefined : REFUSALS.get(extraCode);
  const details = { code, extraCode };
  if (hint !== undefined || isFinalCode(code) || isSignatureCode(extraCode)) {
    const why = hint ?? (isSignatureCode(extraCode) ? 'UserSig was refused; sign a new one' : message);
    return new AppError('JoinRefused', `TRTC refused the join (${numbers}): ${why}`, { details });
  }
  return new AppError('JoinFailed', `the room could not be joined (${numbers}): ${message}`, { details });
}
