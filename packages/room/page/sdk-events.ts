import type { Mode, RoomEvent } from '@trtc-recorder/contracts';
import type { TRTC, RtcError } from 'trtc-sdk-v5';
import { now } from './clock.ts';
import type { Track } from './roster.ts';

/**
 * Extra codes of SDK ERROR events after which the SDK stays in the room (5.17.1: only errors of its room object make it
 * leave first): 5501 the media path is blocked and being retried, 5503 a listener threw, 5504-5508 rendering, encoding
 * or decoding failed. The tap sits before the decoder, so none of them ends a recording.
 */
const HARMLESS = new Set([5501, 5503, 5504, 5505, 5506, 5507, 5508]);

/** Which kinds of track a mode records. */
export const wants = (mode: Mode, kind: 'audio' | 'video'): boolean =>
  mode === '02' || mode === (kind === 'audio' ? '00' : '01');

/** Turns the SDK's events into room events, in their order. Tracks that the mode does not record are left out. */
export function listen(trtc: TRTC, mode: Mode, emit: (event: RoomEvent) => void): void {
  const audio = (userId: string): Track => ({ userId, stream: 'main', kind: 'audio' });
  const video = (userId: string, stream: string): Track => ({
    userId,
    stream: stream === 'sub' ? 'sub' : 'main',
    kind: 'video',
  });
  const availability = (type: 'available' | 'unavailable', track: Track): void => {
    if (wants(mode, track.kind)) emit({ type, at: now(), ...track });
  };
  trtc.on('remote-user-enter', ({ userId }) => emit({ type: 'anchor-enter', at: now(), userId }));
  trtc.on('remote-user-exit', ({ userId, reason }) =>
    emit({ type: 'anchor-exit', at: now(), userId, ...(reason === undefined ? {} : { reason }) }),
  );
  trtc.on('remote-audio-available', ({ userId }) => availability('available', audio(userId)));
  trtc.on('remote-audio-unavailable', ({ userId }) => availability('unavailable', audio(userId)));
  trtc.on('remote-video-available', ({ userId, streamType }) => availability('available', video(userId, streamType)));
  trtc.on('remote-video-unavailable', ({ userId, streamType }) =>
    availability('unavailable', video(userId, streamType)),
  );
  trtc.on('connection-state-changed', ({ prevState, state }) =>
    emit({ type: 'connection', at: now(), state, previous: prevState }),
  );
  trtc.on('kicked-out', ({ reason }) => emit({ type: 'kicked', at: now(), reason }));
  trtc.on('error', (error) => emit(errorEvent(error)));
}

function errorEvent(error: RtcError): RoomEvent {
  const { code, extraCode } = error;
  // The SDK's messages have line breaks; journals and logs want one line.
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  const isDevice = code >= 5300 && code < 5400;
  if (isDevice || (extraCode !== undefined && HARMLESS.has(extraCode)))
    return { type: 'note', at: now(), message: `SDK error ${code}/${extraCode ?? '-'}, still in the room: ${message}` };
  return { type: 'error', at: now(), code, ...(extraCode === undefined ? {} : { extraCode }), message };
}
