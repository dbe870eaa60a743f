import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Recording, RecordingState } from './recording.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** What every result says of its recording, and when it ran. */
export const resultHead = (
  { sdkAppId, room, userId, requestId }: Recording,
  { startedAt, endedAt }: Pick<RecordingState, 'startedAt' | 'endedAt'> = {},
) => ({
  SdkAppId: String(sdkAppId),
  RoomId: room.type === 'int' ? String(room.id) : '',
  StrRoomId: room.type === 'string' ? room.id : '',
  UserId: userId,
  RequestId: requestId,
  ...(startedAt !== undefined && { StartTime: iso(startedAt) }),
  ...(endedAt !== undefined && { EndTime: iso(endedAt) }),
});

/** The failed reason of a recording that was terminated, which is how its result is told from any other failure. */
const TERMINATED = '(Terminated)';

/**
 * The result of a recording that no worker could bring to its end: what was delivered until then, and why no more
 * was. `failure` is the job's failed reason.
 */
export function failedResult(
  recording: Recording,
  state: RecordingState,
  failure: string,
  finishedAt?: number,
): RecordingResult {
  return {
    ...resultHead(recording, { startedAt: state.startedAt, endedAt: state.endedAt ?? finishedAt }),
    Files: state.files,
    ...(state.timeline !== undefined && { Timeline: state.timeline }),
    Reason: failure.endsWith(TERMINATED) ? 'terminated' : 'failed',
    Message: `record fail: ${failure}`,
  };
}

/** The result of a recording that was stopped while it waited for a worker. */
export const stoppedBeforeItBegan = (recording: Recording): RecordingResult => ({
  ...resultHead(recording),
  Files: [],
  Reason: 'stopped',
  Message: 'record success: stopped before it began',
});

/** One id for the one event a recording has: receivers recognise a repeated POST by it. */
export const eventIdOf = (requestId: string): string => `${requestId}.ended`;
