import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Recording, RecordingState } from './recording.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

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
  const { room } = recording;
  const endedAt = state.endedAt ?? finishedAt;
  return {
    SdkAppId: String(recording.sdkAppId),
    RoomId: room.type === 'int' ? String(room.id) : '',
    StrRoomId: room.type === 'string' ? room.id : '',
    UserId: recording.userId,
    Files: state.files,
    RequestId: recording.requestId,
    Reason: 'failed',
    Message: `record fail: ${failure}`,
    ...(state.startedAt !== undefined && { StartTime: iso(state.startedAt) }),
    ...(endedAt !== undefined && { EndTime: iso(endedAt) }),
  };
}

/** One id for the one event a recording has: receivers recognise a repeated POST by it. */
export const eventIdOf = (requestId: string): string => `${requestId}.ended`;
