import { expect, test } from '@jest/globals';
import { joinError } from '../src/join-error.ts';

test.each([
  ['an expired signature', { code: 5400, extraCode: 70001 }, 'JoinRefused', /5400\/70001.*expired/],
  ["another user's signature", { code: 5400, extraCode: 70013 }, 'JoinRefused', /another UserId/],
  ["another app's signature", { code: 5400, extraCode: 70014 }, 'JoinRefused', /another SdkAppId/],
  ['an account error with the other sign', { code: 5400, extraCode: -70013 }, 'JoinRefused', /-70013.*another UserId/],
  ["a fault of TRTC's own check of the signature", { code: 5400, extraCode: 70018 }, 'JoinFailed', /70018/],
  ['a full room', { code: 5400, extraCode: -102052 }, 'JoinRefused', /full/],
  ['no money', { code: 5400, extraCode: -100013 }, 'JoinRefused', /credit/],
  ['no such app', { code: 5400, extraCode: -8 }, 'JoinRefused', /SdkAppId/],
  ['a bad parameter', { code: 5000, extraCode: 5012 }, 'JoinRefused', /StrRoomId/],
  ['an unsupported browser', { code: 5200 }, 'JoinRefused', /the text/],
  ['a server error nobody knows', { code: 5400, extraCode: -42 }, 'JoinFailed', /5400\/-42\): the text$/],
  ['no network', { code: 5500 }, 'JoinFailed', /the text/],
  ['something else that was thrown', {}, 'JoinFailed', /the text/],
] as const)('%s', (_what, failure, code, message) => {
  const error = joinError({ ...failure, message: 'the \n text\n' });
  expect(error.code).toBe(code);
  expect(error.retryable).toBe(code === 'JoinFailed');
  expect(error.message).toMatch(message);
});
