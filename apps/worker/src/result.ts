import type { RecordingResult } from '@trtc-recorder/contracts';
import { resultHead, type Recording, type RecordingState } from '@trtc-recorder/queue';

/** The result a caller gets, from the recording and where it got to. */
export const composeResult = (recording: Recording, state: RecordingState): RecordingResult => ({
  ...resultHead(recording, state),
  Files: state.files,
  ...(state.timeline !== undefined && { Timeline: state.timeline }),
  Reason: state.reason ?? 'failed',
  Message: `${state.reason === 'failed' ? 'record fail' : 'record success'}: ${state.endedMessage ?? 'ended'}`,
});
