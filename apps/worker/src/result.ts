import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Recording, RecordingState } from '@trtc-recorder/queue';

/** The result a caller gets, from the recording and where it got to. */
export function composeResult(recording: Recording, state: RecordingState): RecordingResult {
  const { room } = recording;
  return {
    SdkAppId: String(recording.sdkAppId),
    RoomId: room.type === 'int' ? String(room.id) : '',
    StrRoomId: room.type === 'string' ? room.id : '',
    UserId: recording.userId,
    Files: state.files,
    ...(state.timeline !== undefined && { Timeline: state.timeline }),
    RequestId: recording.requestId,
    Reason: state.reason ?? 'failed',
    Message: `${state.reason === 'failed' ? 'record fail' : 'record success'}: ${state.endedMessage ?? 'ended'}`,
    ...(state.startedAt !== undefined && { StartTime: new Date(state.startedAt).toISOString() }),
    ...(state.endedAt !== undefined && { EndTime: new Date(state.endedAt).toISOString() }),
  };
}
