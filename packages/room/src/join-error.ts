import { AppError } from '@trtc-recorder/runtime';
import type { SdkFailure } from './page-protocol.ts';

const FOREIGN_KEY = "UserSig does not verify; it was made with another application's key, or was cut off";
const NO_SUCH_APP = 'SdkAppId does not exist; check it in the TRTC console';
const NO_PERMISSION =
  'the application demands a privateMapKey (advanced permission control); switch it off for this room';

/**
 * What TRTC's refusals mean, by the SDK's extraCode: web.sdk.qcloud.com/trtc/webrtc/doc/en/module-ErrorCode.html
 * (account errors), Tencent's table of TXLiteAVError codes (ERR_SERVER_*: the -100xxx and -102xxx of its servers),
 * trtc-sdk-v5 ERROR_CODE. Each is final: the same request is refused again. Account errors come with either sign.
 */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [-8, NO_SUCH_APP],
  [5012, 'StrRoomId has a character or a length that TRTC does not allow'],
  [5401, 'the application has not bought this feature; see its package in the TRTC console'],
  [70001, 'UserSig has expired; sign a new one'],
  [70002, 'UserSig is empty or malformed; sign it for this SdkAppId and UserId'],
  [70003, FOREIGN_KEY],
  [70004, FOREIGN_KEY],
  [70005, FOREIGN_KEY],
  [70006, FOREIGN_KEY],
  [70007, FOREIGN_KEY],
  [70008, FOREIGN_KEY],
  [70009, FOREIGN_KEY],
  [70010, FOREIGN_KEY],
  [70013, 'UserSig was made for another UserId'],
  [70014, 'UserSig was made for another SdkAppId'],
  [70016, 'no key exists for this application to verify UserSig with'],
  [70020, NO_SUCH_APP],
  [70051, 'this UserId is blocked; see the TRTC console'],
  [70052, 'UserSig is invalid; sign a new one'],
  [70398, 'the application has more accounts than it bought; see its package in the TRTC console'],
  [-100006, NO_PERMISSION],
  [-100013, 'the Tencent Cloud account is out of credit or the TRTC package is used up; recharge it'],
  [-100014, 'StrRoomId has a character that TRTC does not allow'],
  [-100015, NO_SUCH_APP],
  [-100018, FOREIGN_KEY],
  [-102010, NO_PERMISSION],
  [-102011, NO_PERMISSION],
  [-102030, 'StrRoomId is longer than TRTC allows'],
  [-102052, 'the room is full; TRTC limits how many may be in it'],
]);

/** SDK error codes that are final whatever the extraCode: invalid parameter, environment not supported. */
const isFinalCode = (code: number | undefined): boolean =>
  code !== undefined && ((code >= 5000 && code < 5100) || (code >= 5200 && code < 5300));

const hintFor = (extraCode: number | undefined): string | undefined =>
  extraCode === undefined ? undefined : (REFUSALS.get(extraCode) ?? REFUSALS.get(-extraCode));

/** A failed enterRoom as JoinRefused (final) or JoinFailed (worth a retry), with the SDK's numbers and a hint. */
export function joinError(failure: SdkFailure): AppError {
  const { code, extraCode } = failure;
  // The SDK's messages have line breaks; a job's log and a callback want one line.
  const message = failure.message.replaceAll(/\s+/g, ' ').trim();
  const numbers = `${code ?? '-'}${extraCode === undefined ? '' : `/${extraCode}`}`;
  const hint = hintFor(extraCode);
  const details = { code, extraCode };
  if (hint !== undefined || isFinalCode(code))
    return new AppError('JoinRefused', `TRTC refused the join (${numbers}): ${hint ?? message}`, { details });
  return new AppError('JoinFailed', `the room could not be joined (${numbers}): ${message}`, { details });
}
