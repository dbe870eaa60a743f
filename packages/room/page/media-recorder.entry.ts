/**
 * The bench's baseline: the page that recorders of this kind usually are. It joins with the same SDK in the same way,
 * decodes everybody, and lets a MediaRecorder for each encode it again; the chunks go to Node over a socket. Or it only
 * joins, which is the least that any recorder around the SDK can cost.
 */
import type { TRTC } from 'trtc-sdk-v5';
import type { PageJoin } from '../src/page-protocol.ts';
import { RoomClient } from './room-client.ts';
import { Roster, type Track } from './roster.ts';

declare const window: Window & typeof globalThis & { TRTC: typeof TRTC };

const CHUNK_MS = 1000;
const MIME_TYPE = 'video/x-matroska;codecs=avc1,opus';
const socket = new WebSocket(new URL('socket', location.href.replace(/^http/, 'ws')));
const roster = new Roster();
const client = new RoomClient(window.TRTC, (event) => roster.note(event));
/** By user; without one where only the SDK itself is measured. */
const recorders = new Map<string, MediaRecorder | undefined>();
let recording = true;

function record(userId: string): void {
  const track = (kind: Track['kind']) => client.trackOf({ userId, stream: 'main', kind });
  const tracks = [track('audio'), track('video')].filter((found) => found !== null);
  if (tracks.length < 2 || recorders.has(userId)) return;
  if (!recording) {
    recorders.set(userId, undefined);
    return;
  }
  const recorder = new MediaRecorder(new MediaStream(tracks), { mimeType: MIME_TYPE });
  recorders.set(userId, recorder);
  recorder.ondataavailable = ({ data }) => void data.arrayBuffer().then((chunk) => socket.send(chunk));
  recorder.start(CHUNK_MS);
}

setInterval(() => {
  for (const userId of roster.users) record(userId);
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ recorders: recorders.size }));
}, 500);

socket.onmessage = ({ data }: MessageEvent<string>) => {
  const { join, record } = JSON.parse(data) as { join: PageJoin; record: boolean };
  recording = record;
  client.join(join).catch((error: unknown) => socket.close(4000, String(error).slice(0, 100)));
};
