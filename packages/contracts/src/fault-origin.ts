import type { ErrorCode } from './error-catalogue.ts';

/**
 * Where the cause of an error lies, which decides what the product does about it:
 *
 * - `caller`: the request, its keys or its room. It ends the work.
 * - `recording`: this recording's own data or course. An attempt is counted.
 * - `machine`: the machine or the deployment of this process. No attempt is counted; another worker does better.
 * - `peer`: a service on the other side of the network. It is waited for.
 */
export type FaultOrigin = 'caller' | 'recording' | 'machine' | 'peer';

/** The one classification of faults; each code of the error catalogue has its place. */
export const faultOrigin: Readonly<Record<ErrorCode, FaultOrigin>> = {
  InvalidParameter: 'caller',
  'InvalidParameter.Field': 'caller',
  'InvalidParameter.UserSig': 'caller',
  Unauthorized: 'caller',
  NotFound: 'caller',
  RecorderAlreadyActive: 'caller',
  UpdateTooLate: 'caller',
  PayloadTooLarge: 'caller',
  UnsupportedMediaType: 'caller',
  RequestTimeout: 'caller',
  RequestHeadersTooLarge: 'caller',
  Terminated: 'caller',
  JoinRefused: 'caller',
  CosAccessDenied: 'caller',
  CosBucketNotFound: 'caller',
  CosRejected: 'caller',
  TrtcApiRejected: 'caller',

  InternalError: 'recording',
  SealBroken: 'recording',
  // A page that takes its browser down does so again elsewhere: docs/decisions/0016-whose-crash.md.
  BrowserCrashed: 'recording',
  SpoolTaken: 'recording',
  ConvertFailed: 'recording',
  FileRejected: 'recording',

  InvalidConfiguration: 'machine',
  BrowserUnavailable: 'machine',
  BrowserLacksH264: 'machine',
  ToolUnavailable: 'machine',
  MachineExhausted: 'machine',
  SandboxFailed: 'machine',
  SealKeyMissing: 'machine',
  SpoolFull: 'machine',
  SpoolFailed: 'machine',

  QueueUnavailable: 'peer',
  JoinFailed: 'peer',
  CosUnavailable: 'peer',
  CosDigestMismatch: 'peer',
  CredentialsUnavailable: 'peer',
  TrtcApiUnavailable: 'peer',
  CallbackRejected: 'peer',
  CallbackUnreachable: 'peer',
  CallbackGone: 'peer',
};
