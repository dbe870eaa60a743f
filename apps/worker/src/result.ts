import type { RecordingResult, ResultFile } from '@trtc-recorder/contracts';
import { resultHead, type Recording, type RecordingState } from '@trtc-recorder/queue';
import { missingParts } from './steps/missing.ts';

/** The result a caller gets, from the recording and where it got to. */
export function composeResult(recording: Recording, state: RecordingState): RecordingResult {
  const missing = missingParts(state);
  const outcome = state.reason === 'failed' ? 'record fail' : 'record success';
  return {
    ...resultHead(recording, state),
    Files: state.files.map((file) => withMissing(file, missing)),
    ...(state.timeline !== undefined && { Timeline: state.timeline }),
    Reason: state.reason ?? 'failed',
    Message: [`${outcome}: ${state.endedMessage ?? 'ended'}`, ...missing].join('; '),
  };
}

/** Callers of the recipe read nothing but the files' messages, and no file shows of itself that others should be there. */
function withMissing(file: ResultFile, missing: readonly string[]): ResultFile {
  if (missing.length === 0 || file.Status === 0) return file;
  const Message = `${file.Message}${file.Message === 'record success' ? ': ' : '; '}${missing.join('; ')}`;
  return { ...file, Message };
}
