/**
 * Every way this product can fail, in one table: the code that callers and operators see, whose fault it is, and
 * whether trying again can help. docs/errors.md is held equal to it by a test.
 */

/** Who has to act: the `caller` of the API, the `operator` of this deployment, `tencent`, or the `service` itself. */
export type Blame = 'caller' | 'operator' | 'tencent' | 'service';

export interface ErrorEntry {
  readonly blame: Blame;
  /** Whether the same attempt, repeated later, can succeed. */
  readonly retryable: boolean;
  /** HTTP status when the API answers with it. */
  readonly status?: number;
  /** What happened, and what to do about it. */
  readonly help: string;
}

const entries = {
  // The API's answers
  InvalidParameter: {
    blame: 'caller',
    retryable: false,
    status: 400,
    help: 'The request body is not a JSON object of the documented fields. Correct it.',
  },
  'InvalidParameter.Field': {
    blame: 'caller',
    retryable: false,
    status: 400,
    help: 'The named field is missing or wrong. Correct it as the message says.',
  },
  'InvalidParameter.UserSig': {
    blame: 'caller',
    retryable: false,
    status: 400,
    help: 'UserSig is malformed, expired, or was made for another user or app. Sign a new one for this SdkAppId and UserId.',
  },
  Unauthorized: {
    blame: 'caller',
    retryable: false,
    status: 401,
    help: 'The token is missing or not one of the configured ones. Send `Authorization: Bearer <token>`.',
  },
  NotFound: {
    blame: 'caller',
    retryable: false,
    status: 404,
    help: 'No such recording or route. Results are kept for 3 days.',
  },
  RecorderAlreadyActive: {
    blame: 'caller',
    retryable: true,
    status: 409,
    help: 'A recording of the same SdkAppId, room and UserId is running; TRTC would throw one of the two out. Use another UserId or stop the first.',
  },
  UpdateTooLate: {
    blame: 'caller',
    retryable: false,
    status: 409,
    help: 'The field has no effect any more: MaxDuration and UserSig once the recorder has left the room, the place in COS once uploading has begun, and nothing once the recording has ended.',
  },
  PayloadTooLarge: { blame: 'caller', retryable: false, status: 413, help: 'The request body exceeds 64 KiB.' },
  UnsupportedMediaType: {
    blame: 'caller',
    retryable: false,
    status: 415,
    help: 'Send `Content-Type: application/json`.',
  },
  RequestTimeout: {
    blame: 'caller',
    retryable: true,
    status: 408,
    help: 'The request did not arrive within 30 s. Send it again.',
  },
  RequestHeadersTooLarge: {
    blame: 'caller',
    retryable: false,
    status: 431,
    help: 'The request line and headers exceed 16 KiB. Send fewer or shorter headers.',
  },
  QueueUnavailable: {
    blame: 'operator',
    retryable: true,
    status: 503,
    help: 'Redis did not answer in time; the request may have been accepted all the same. Check REDIS_URL and Redis, and send it again with the same Idempotency-Key.',
  },
  InternalError: {
    blame: 'service',
    retryable: true,
    status: 500,
    help: 'An unexpected fault. The log has the details under the RequestId.',
  },

  // Starting a process
  InvalidConfiguration: {
    blame: 'operator',
    retryable: false,
    help: 'An environment variable is missing or wrong; the message names it. docs/configuration.md lists them all.',
  },
  BrowserUnavailable: {
    blame: 'operator',
    retryable: true,
    help: 'Chromium did not start. Check CHROMIUM_PATH and CHROMIUM_ARGS; in a container, --no-sandbox and enough /dev/shm may be needed.',
  },
  BrowserLacksH264: {
    blame: 'operator',
    retryable: false,
    help: 'This Chromium cannot decode H264, so TRTC video would be lost. Use a build with proprietary codecs, such as Debian chromium.',
  },
  BrowserCrashed: {
    blame: 'service',
    retryable: true,
    help: 'The browser or the page of this recording died or hung. It is replaced and the recording goes on as a new take.',
  },
  ToolUnavailable: {
    blame: 'operator',
    retryable: true,
    help: 'ffmpeg or ffprobe cannot be run, or this build lacks an encoder, decoder, format or filter that the product needs; the message names it. Install a full build, such as Debian ffmpeg, or correct FFMPEG_PATH and FFPROBE_PATH.',
  },
  MachineExhausted: {
    blame: 'operator',
    retryable: true,
    status: 503,
    help: 'The machine has no file descriptor, process or memory left, or killed ffmpeg for its memory. No attempt is counted. Raise the limits (ulimit -n, pids, memory), or lower ROOMS_PER_WORKER and TRANSCODE_PARALLEL.',
  },
  SandboxFailed: {
    blame: 'operator',
    retryable: false,
    help: 'The local sandbox could not start or make a clip: a port is taken, its pages are not built (`npm run build`), or ffmpeg (with libx264, libvpx and libopus) is missing. The message says which.',
  },
  SealKeyMissing: {
    blame: 'operator',
    retryable: true,
    help: "The secrets of a recording or callback are sealed with a key that this process's PAYLOAD_KEY doesn't have. Nothing is lost: it waits. Put that key back, at the end of PAYLOAD_KEY, in api, worker and notifier.",
  },
  SealBroken: {
    blame: 'operator',
    retryable: false,
    help: "The job's secrets were changed or belong to another recording: Redis was tampered with.",
  },

  Terminated: {
    blame: 'caller',
    retryable: false,
    help: 'The recording, or its callback, was given up through the API. Its segments stay in the spool until its retention is over.',
  },

  // Joining and staying in a room
  JoinRefused: {
    blame: 'caller',
    retryable: false,
    help: 'TRTC refused the join for good; the message has its code and what it means (signature, application, payment, limits).',
  },
  JoinFailed: {
    blame: 'tencent',
    retryable: true,
    help: 'The room could not be joined: network, firewall or a passing fault of TRTC. Outbound HTTPS, WSS and UDP to TRTC must be open.',
  },

  // Capturing and converting
  SpoolFull: {
    blame: 'operator',
    retryable: false,
    help: 'The disk under WORK_DIR is full. What was recorded until then is delivered; free space or add a volume.',
  },
  SpoolTaken: {
    blame: 'service',
    retryable: true,
    help: 'Another worker captures into the spool now. The one that lost it writes no more; the recording goes on in the other.',
  },
  SpoolFailed: {
    blame: 'operator',
    retryable: true,
    help: 'The spool under WORK_DIR could not be read or written, or lies on the disk of another worker that did not come back. Check the mount and its permissions.',
  },
  ConvertFailed: {
    blame: 'service',
    retryable: true,
    help: 'ffmpeg could not make the file; the message has its last lines. The segments are kept in the spool.',
  },
  FileRejected: {
    blame: 'service',
    retryable: false,
    help: 'The finished file cannot be played: its container cannot be opened, it has no stream, or no frame of it decodes. The segments are kept in the spool.',
  },

  // Uploading
  CosAccessDenied: {
    blame: 'caller',
    retryable: false,
    help: 'COS refused the keys, or they lack rights: PutObject, InitiateMultipartUpload, UploadPart, ListParts, CompleteMultipartUpload, AbortMultipartUpload, ListMultipartUploads, HeadObject. An expired SessionToken is waited for: give the recording new keys.',
  },
  CosBucketNotFound: {
    blame: 'caller',
    retryable: false,
    help: 'No such bucket in that region. Check CosConfig.Bucket (name-appid) and CosConfig.Region. With a backup bucket the files go there.',
  },
  CosRejected: {
    blame: 'caller',
    retryable: false,
    help: 'COS refused the object; the message has its code.',
  },
  CosUnavailable: {
    blame: 'tencent',
    retryable: true,
    help: 'COS did not answer, broke off or answered 5xx. The upload is tried again, for UPLOAD_GIVE_UP_H, without holding a place in a worker.',
  },
  CosDigestMismatch: {
    blame: 'tencent',
    retryable: true,
    help: 'The stored object is not what was sent (size or CRC64). It is uploaded again; nothing local is deleted.',
  },
  CredentialsUnavailable: {
    blame: 'operator',
    retryable: true,
    help: 'No COS credentials: the request carries none and neither the environment nor a role gives any.',
  },

  // TRTC server API
  TrtcApiRejected: {
    blame: 'caller',
    retryable: false,
    help: "TRTC's server API refused the call; the message has its code.",
  },
  TrtcApiUnavailable: { blame: 'tencent', retryable: true, help: "TRTC's server API did not answer." },

  // Callbacks
  CallbackRejected: {
    blame: 'caller',
    retryable: true,
    help: 'The receiver answered other than 2xx (redirects are not followed). The POST is repeated with backoff.',
  },
  CallbackUnreachable: {
    blame: 'caller',
    retryable: true,
    help: 'The receiver could not be reached or did not answer in time. The POST is repeated with backoff.',
  },
  CallbackGone: {
    blame: 'caller',
    retryable: false,
    help: 'The receiver answered 410 Gone: the callback is not repeated.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof entries;

export const errorCatalogue: Readonly<Record<ErrorCode, ErrorEntry>> = entries;
