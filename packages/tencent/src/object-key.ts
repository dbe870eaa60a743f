import type { Room, StreamType } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { safeName } from './safe-name.ts';

/** COS takes keys of 1 to 850 bytes (UTF-8, before percent-encoding). */
export const MAX_KEY_BYTES = 850;

/** Where everything of one recording goes. */
export interface ObjectFolder {
  /** The caller's `CosConfig.Path`; `/` is the root. */
  readonly path: string;
  readonly room: Room;
  readonly requestId: string;
}

export interface ObjectName extends ObjectFolder {
  /** The recorded anchor. */
  readonly userId: string;
  readonly stream: StreamType;
  /** Wall clock of the file's first frame, ms since the epoch. */
  readonly startedAt: number;
  /** Without the dot. */
  readonly extension: string;
}

/**
 * The key of a delivered file: `<path>/<room>/<RequestId>/<UserId>_<main|sub>_<UTC start>.<extension>`, with neither a
 * leading slash nor an empty segment. Rooms and UserIds are made safe by `safeName`; integer room 123 and string room
 * "123" stay two. Error: InvalidParameter.Field when the path leaves no room for the rest.
 */
export function objectKey(name: ObjectName): string {
  return inFolder(name, `${safeName(name.userId)}_${name.stream}_${utcStamp(name.startedAt)}.${name.extension}`);
}

/** The key of a recording's timeline, beside its files: no file's name is without `_main_` or `_sub_`. */
export const timelineKey = (folder: ObjectFolder): string => inFolder(folder, 'timeline.json');

function inFolder(folder: ObjectFolder, file: string): string {
  const key = `${recordingPrefix(folder)}${file}`;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new AppError('InvalidParameter.Field', 'CosConfig.Path is too long: an object key has at most 850 bytes');
  return key;
}

/** What the keys of all files of a recording begin with, and no other recording's. */
export const recordingPrefix = ({ path, room, requestId }: ObjectFolder): string =>
  `${[...pathSegments(path), roomSegment(room), safeName(requestId)].join('/')}/`;

/**
 * What the keys of the copies of a recording's spools begin with: `<path>/.spool/<RequestId>/`. They are apart from the
 * files, because a lifecycle rule, which goes by the beginning of a key, has to strike the one and not the other.
 */
export const spoolCopiesPrefix = ({ path, requestId }: Pick<ObjectFolder, 'path' | 'requestId'>): string =>
  `${[...pathSegments(path), '.spool', safeName(requestId)].join('/')}/`;

/** The caller's own choice is kept as it is, but for what would change the key on its way through a URL. */
function pathSegments(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .map((segment) => segment.replace(/[\p{Cc}\p{Cs}]/gu, '_'));
}

/** A string room of digits only is marked, because bare digits are integer rooms. */
function roomSegment(room: Room): string {
  if (room.type === 'int') return String(room.id);
  return /^\d+$/.test(room.id) ? `${room.id}~string` : safeName(room.id);
}

/** `20261124T145804.123Z`: sorts by time and has no colon. */
const utcStamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]/g, '');
