/** What each field means, by model; the page docs/api.md and README say more. A test holds it complete. */
const cos = {
  SecretId: 'Id of the key that may write there; together with SecretKey. Left out: the keys of the service',
  SecretKey: 'The key',
  SessionToken: 'Of temporary keys',
  Region: 'COS region, such as ap-shanghai',
  Bucket: 'Bucket as name-appid',
  Path: 'Directory in the bucket',
};
const stretch = { StartMs: 'Begin, ms since the epoch', EndMs: 'End, ms since the epoch' };
const head = {
  SdkAppId: 'The TRTC application',
  RoomId: 'Integer room as text; empty for a string room',
  StrRoomId: 'String room; empty for an integer room',
  UserId: "The recorder's own user in the room",
};
const file = {
  RecordFile: 'URL of the object; empty when it failed',
  StreamType: 'main: camera and microphone, sub: screen',
  Quality: 'What is known of the loss and repair of its media',
};
const message = 'A sentence for people; programs read codes';
const requestId = 'Id of the recording';
const warnings = 'What has no effect or less than asked, a sentence each';

const gap = {
  ...stretch,
  Cause: 'Why media is missing; the values are in docs/timeline.md',
  LostMs: 'What is missing, ms',
};

const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RecordingRequest: {
    ...head,
    RoomId: 'Integer room, 1 to 4294967294; given both, it wins',
    StrRoomId: 'String room, at most 64 bytes; 123 and "123" are different rooms',
    UserSig: 'Signature of UserId; not needed for apps whose key the service has',
    CosConfig: 'Where files go; left out: the bucket of the service',
    BackupCosConfig: 'Where files go that cannot be delivered by CosConfig',
    Callback: 'http or https URL that the result is POSTed to',
    Mode: '00: audio as MP3, 01: video as MP4, 02: both as MP4',
    MaxDuration: 'Time limit in seconds; that of the deployment holds above it',
  },
  RecordingUpdate: {
    UserSig: 'Used at the next join',
    Callback: 'http or https URL that the result is POSTed to',
    MaxDuration: 'Time limit in seconds',
    CosConfig: 'Region, Bucket and Path each by itself, keys all together',
  },
  Accepted: {
    RequestId: requestId,
    Message: message,
    MaxDuration: 'The time limit that holds, seconds',
    Warnings: warnings,
  },
  Ordered: { RequestId: requestId, Message: message },
  Changed: {
    RequestId: requestId,
    Changed: 'Names of the fields that changed',
    MaxDuration: 'The time limit that holds, seconds, if it is lower than asked',
    Warnings: warnings,
  },
  RecordingList: { Recordings: 'Newest first', Cursor: 'For the next page; absent on the last' },
  Statistics: {
    Queued: 'Wait for a worker or their next try',
    Running: 'A worker has them',
    Done: 'Have a result',
    Failed: 'Ended without delivering',
  },
  Logs: { RequestId: requestId, Lines: 'What happened, for people, oldest first' },
  Health: { Status: 'ok' },
  Error: { RequestId: 'Id of the request, to ask the operator with', Error: 'Why it is refused' },
  RecordingStatus: {
    RequestId: requestId,
    State: 'queued, running, done (has a result) or failed',
    ...head,
    Mode: '00: audio, 01: video, 02: both',
    MaxDuration: 'The time limit asked for, seconds',
    Progress: 'How far it is',
    Worker: 'The worker that has it or had it last',
    Attempts: 'How often it was begun; hand-overs do not count',
    SubmitTime: 'ISO 8601, UTC',
    Message: 'Why it waits in the queue',
    NextTryAt: 'When it is tried again, ISO 8601, UTC',
    EndTime: 'ISO 8601, UTC',
    Result: 'Once it has ended',
    Error: 'Why it failed',
  },
  RecordingResult: {
    ...head,
    Files: 'One for each stream and stay of an anchor',
    Timeline: 'timeline.json, beside the files',
    RequestId: requestId,
    Reason: 'Why it ended',
    Message: message,
    StartTime: 'ISO 8601, UTC',
    EndTime: 'ISO 8601, UTC',
  },
  ResultFile: {
    UserId: 'The recorded anchor',
    ...file,
    Status: '1: delivered, 0: failed',
    Message: 'Begins with record success, record fail, convert fail or upload fail; then the cause',
    StartTime: 'First moment, ISO 8601, UTC',
    EndTime: 'Last moment, ISO 8601, UTC',
    DurationMs: 'Length, ms',
    Size: 'Bytes',
    ETag: 'Of the object',
    Backup: 'It is in the backup bucket',
  },
  ResultTimeline: {
    Url: 'URL of the object; empty when it failed',
    Status: '1: delivered, 0: failed',
    Message: 'Begins with record success or upload fail; then the cause',
  },
  Quality: {
    LostMs: 'Media missing for any cause but a mute or an absence, ms',
    HeldMs: 'Time the last video frame was held, ms',
    SilenceMs: 'Silence filled in, ms',
    ReencodedMs: 'Video encoded again, ms',
    Findings: 'Doubts about the file, which is delivered all the same; missing if there are none',
    SkewMs: 'Offset of video against audio where it is largest, as found in the file, ms; positive: video is late',
  },
  Progress: {
    Step: 'What is done now',
    Anchors: 'Anchors seen so far',
    Seconds: 'Since the room was joined',
    Bytes: 'Encoded bytes captured so far',
    Files: 'Files in all; 0 until the recording has ended',
    Converted: 'Files made',
    Uploaded: 'Files uploaded',
  },
  TimelineDocument: {
    Version: 'Of this format',
    RequestId: requestId,
    Reason: 'Why the recording ended',
    Takes: "Each worker's uninterrupted capture",
    Anchors: 'What each anchor sent',
    Files: 'Where the files lie in time',
  },
  TimelineStream: {
    StreamType: 'main: camera and microphone, sub: screen',
    Tracks: 'Each run of a sender',
    Published: 'The times that Gaps accounts for: each moment of them is in a file, or in one gap',
    Gaps: 'All media of the stream that is missing, each moment once',
    Mutes: 'The anchor was there, this track was muted or unpublished',
    Absences: 'The anchor was away long enough for a further file',
  },
  TimelineTrack: {
    ...stretch,
    Kind: 'audio or video',
    Take: 'Number of the take',
    Ssrc: 'RTP source',
    DriftPpm: "How fast the sender's clock ran, parts per million; corrected in the files",
    Spans: 'Media in one codec and size',
    Gaps: 'Media that is missing',
  },
  TimelineSpan: { ...stretch, Codec: 'As in RTP, lower case', Width: 'Pixels', Height: 'Pixels' },
  TimelineGap: gap,
  TimelineFile: { ...stretch, UserId: 'The anchor', ...file },
};

const nested: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CosConfig: cos,
  BackupCosConfig: cos,
  Error: {
    Code: 'What programs read: docs/errors.md',
    Message: message,
    ActiveRequestId: 'RecorderAlreadyActive: the recording that has the recorder',
  },
  Takes: { ...stretch, Take: 'Number of the take', Reason: 'Why it ended' },
  Anchors: { UserId: 'The anchor', Streams: 'Its streams' },
  Mutes: { ...stretch, Kind: 'audio or video' },
  Absences: stretch,
  Published: { ...stretch, Kind: 'audio or video' },
  Gaps: { ...gap, Kind: 'audio or video' },
  Findings: {
    Code: 'What programs read: docs/callbacks.md',
    Message: message,
    StartMs: 'Since the start of the file, ms',
    EndMs: 'Since the start of the file, ms',
  },
};

interface Schema {
  description?: string;
  $ref?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
}

/** Puts the descriptions into the schemas. */
export function describeModels(models: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(models).map(([name, model]) => [name, described(model as Schema, fields[name] ?? {})]),
  );
}

function described(schema: Schema, meanings: Readonly<Record<string, string>>): Schema {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([name, property]): [string, Schema] => {
    const inside = nested[name] ?? {};
    const whole =
      property.items === undefined
        ? described(property, inside)
        : { ...property, items: described(property.items, inside) };
    const description = meanings[name];
    return [name, { ...whole, ...(description !== undefined && { description }) }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
