import { KEY_TEXT, KEY_TEXT_RULE, trimPasted } from '@trtc-recorder/contracts';
import { flag, integer, list, payloadKeys, proxyVariables, statusVariables, words } from '@trtc-recorder/runtime';
import { z } from 'zod';

/** A key of Tencent Cloud, pasted into the environment; empty: none. */
const keyText = () => z.string().overwrite(trimPasted).regex(KEY_TEXT, KEY_TEXT_RULE).default('');

/** The worker's environment, one field a variable. docs/configuration.md repeats it; a test holds the two equal. */
export const ConfigSchema = z.object({
  REDIS_URL: z
    .url()
    .default('redis://127.0.0.1:6379')
    .describe('Redis of the queue: redis://, rediss:// or, by Sentinel, redis+sentinel://host/name?sentinel=host'),
  REDIS_ALLOW_EVICTION: flag(false).describe(
    'Start although Redis may evict keys, or forbids to ask (some hosted Redis); jobs can be lost then',
  ),
  PAYLOAD_KEY: payloadKeys().describe(
    'Key that opens the secrets in a job: 32 bytes, base64; a comma list to rotate, the first one seals',
  ),
  WORKER_ID: z
    .string()
    .default('')
    .describe('Name of this worker in Bull Board and logs; empty: host name and process id'),
  ROOMS_PER_WORKER: integer(4, 1, 200).describe(
    'Recordings that run at once in this worker; further ones wait in the queue',
  ),
  WORK_DIR: z
    .string()
    .default('')
    .describe(
      'Directory of the spools; empty: CFS_PATH, else ./recordings. On a share, any worker resumes any recording',
    ),
  CFS_PATH: z.string().default('').describe('The name the recipe used for a shared WORK_DIR'),
  SPOOL_COPY: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Copy spools to COS as they grow, against the loss of a machine; off where WORK_DIR is on a share. auto: unless CFS_PATH is used',
    ),
  SPOOL_COPY_MS: integer(4_000, 500, 60_000).describe('How often a spool is copied, ms'),
  SPOOL_COPY_MAX_BYTES_PER_S: integer(16_777_216, 65_536).describe('Most that this worker copies, bytes per second'),
  SPOOL_COPY_REGION: z.string().default('').describe('Region of the bucket for copies of spools'),
  SPOOL_COPY_BUCKET: z
    .string()
    .default('')
    .describe("Bucket (name-appid) for copies of spools, with the service's own keys; empty: each recording's own"),
  SPOOL_COPY_PATH: z.string().default('/').describe('Path for copies of spools in that bucket'),
  SEGMENT_MS: integer(10_000, 1_000, 600_000).describe('Length of a segment in the spool, ms'),
  MIN_FREE_DISK_MB: integer(0, 0).describe(
    'Free space under WORK_DIR below which no further recording begins in this worker; 0: reckoned from the sizes of its recordings, MiB',
  ),
  SPOOL_RETENTION_DAYS: integer(7, 0, 3_650).describe(
    'How many days the spool of a recording that is not delivered, or that Redis does not know, is kept after it was first found left over',
  ),
  CHROMIUM_PATH: z
    .string()
    .default('')
    .describe('Chromium binary; empty: chromium, chromium-browser or google-chrome on PATH'),
  CHROMIUM_ARGS: words().describe(
    'Extra Chromium arguments, separated by spaces; quotes and backslashes as in a POSIX shell',
  ),
  SPARE_BROWSER: flag(true).describe(
    'Keep a second Chromium ready (about 280 MB), so that recordings go on within 3 s when theirs dies',
  ),
  DECODE: z
    .enum(['all', 'key-frames'])
    .default('all')
    .describe('Which video frames Chromium decodes besides their being recorded: all, or key frames only (less CPU)'),
  TRTC_REDIRECT_SCRIPT: z
    .string()
    .default('')
    .describe("URL of a script that points the SDK's signalling at the sandbox; empty in production"),
  JOIN_TIMEOUT_MS: integer(30_000, 1_000, 300_000).describe('Time limit of one attempt to join a room, ms'),
  APP_SECRET_KEYS: list()
    .transform((entries) => entries.map(trimPasted))
    .describe('Secret keys with which the service signs UserSigs itself: sdkAppId:key, separated by commas'),
  NO_ANCHOR_TIMEOUT_S: integer(300, 1, 86_400).describe('A recording ends after this time without an anchor, s'),
  MAX_DURATION_S: integer(86_400, 1, 604_800).describe('Time limit of a recording, s; a request may ask for less'),
  MAX_GAP_MS: integer(15_000, 0, 3_600_000).describe(
    'An absence of up to this stays inside the file; a longer one begins a new file, ms',
  ),
  PREVAILING_SIZE: z
    .enum(['pixel-time', 'time', 'largest'])
    .default('pixel-time')
    .describe(
      "Which of an anchor's video sizes becomes the file's: most pixels × time, shown for longest, or most pixels; the others are re-encoded to it",
    ),
  PREVAILING_MIN_MS: integer(2_000, 0, 3_600_000).describe(
    'A size that is shown for less than this becomes the size of a file only if there is no other, ms',
  ),
  TRANSCODE_PARALLEL: integer(2, 1, 64).describe('Files of one recording converted at once'),
  FFMPEG_PATH: z.string().default('ffmpeg').describe('ffmpeg binary'),
  FFPROBE_PATH: z.string().default('ffprobe').describe('ffprobe binary'),
  COS_ENDPOINT: z
    .string()
    .default('')
    .describe('host:port or URL that stands for COS (the sandbox); empty: the real COS'),
  COS_PART_SIZE_MB: integer(8, 1, 64).describe('Part size of a multipart upload, MiB; parts are held in memory'),
  COS_PARALLEL: integer(3, 1, 64).describe('Parts uploaded at once'),
  COS_TIMEOUT_MS: integer(120_000, 1_000, 3_600_000).describe(
    'How long nothing of a COS request may come or go, ms; how long a request takes is not limited',
  ),
  DEFAULT_COS_REGION: z.string().default('').describe('Region for requests without CosConfig'),
  DEFAULT_COS_BUCKET: z.string().default('').describe('Bucket (name-appid) for requests without CosConfig'),
  DEFAULT_COS_PATH: z.string().default('/').describe('Path for requests without CosConfig'),
  BACKUP_COS_REGION: z
    .string()
    .default('')
    .describe('Region of the backup bucket, for requests without BackupCosConfig'),
  BACKUP_COS_BUCKET: z
    .string()
    .default('')
    .describe(
      "Bucket (name-appid) for files that can't be delivered where they should be, with the service's own keys",
    ),
  BACKUP_COS_PATH: z.string().default('/').describe('Path in the backup bucket'),
  BACKUP_AFTER_ROUNDS: integer(3, 1, 1_000).describe('Failed rounds of delivery after which files go to the backup'),
  UPLOAD_RETRY_FIRST_MS: integer(30_000, 100, 3_600_000).describe(
    'Wait after the first failed round of delivery, ms; it doubles from round to round',
  ),
  UPLOAD_RETRY_MAX_MS: integer(900_000, 100, 86_400_000).describe('Longest wait between two rounds of delivery, ms'),
  UPLOAD_GIVE_UP_H: integer(24, 1, 720).describe(
    'How long delivery is tried after its first failed round, and a spool on another machine waited for, h',
  ),
  TENCENTCLOUD_SECRET_ID: keyText().describe("The service's own key id, for requests without keys"),
  TENCENTCLOUD_SECRET_KEY: keyText().describe("The service's own key"),
  TENCENTCLOUD_SESSION_TOKEN: keyText().describe('Session token of these keys when they are temporary'),
  TENCENTCLOUD_SECRETID: keyText().describe('The same, under the name that a cloud function gets'),
  TENCENTCLOUD_SECRETKEY: keyText().describe('The same, under the name that a cloud function gets'),
  TENCENTCLOUD_SESSIONTOKEN: keyText().describe('The same, under the name that a cloud function gets'),
  ASSUME_ROLE_EXTERNAL_ID: z.string().default('').describe('External id that the role to assume asks for'),
  ASSUME_ROLE_ARN: z.string().default('').describe('Role to assume through STS with the keys found'),
  TKE_REGION: z.string().default('').describe('TKE OIDC: region (set by the cluster)'),
  TKE_PROVIDER_ID: z.string().default('').describe('TKE OIDC: identity provider (set by the cluster)'),
  TKE_WEB_IDENTITY_TOKEN_FILE: z.string().default('').describe('TKE OIDC: file of the token (set by the cluster)'),
  TKE_ROLE_ARN: z.string().default('').describe('TKE OIDC: role (set by the cluster)'),
  CVM_ROLE: flag(true).describe('Whether to ask the CVM metadata service for a role when no other keys are found'),
  KEEP_SPOOL: flag(false).describe('Keep the spool of a delivered recording (for examination)'),
  DRAIN_GRACE_MS: integer(50_000, 0, 3_600_000).describe('From SIGTERM until what still runs is ended, ms'),
  ...proxyVariables,
  ...statusVariables,
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Log level'),
});

export type Config = z.infer<typeof ConfigSchema>;

/** The rule of PREVAILING_SIZE and PREVAILING_MIN_MS. */
export const prevailingRule = (config: Pick<Config, 'PREVAILING_SIZE' | 'PREVAILING_MIN_MS'>) => ({
  by: config.PREVAILING_SIZE,
  minMs: config.PREVAILING_MIN_MS,
});
