import { pageQuery } from './query.ts';
import { RoomSession, type PageEvent } from './room-session.ts';
import { sdk } from './sdk.ts';
import { readTruth, type Truth } from './truth-reader.ts';

/** Somebody who watches a room: every video is shown, every event listed. Tests use `window.audience` and `window.tap`. */
declare global {
  interface Window {
    audience: RoomSession;
    /** What the frames say that the tap kept (`tap.keep(true)` before). */
    truth: () => Promise<Truth>;
  }
}

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found;
};

const query = pageQuery(location.search);
byId('place').textContent = `${query.type} room ${query.room}, as ${query.user}`;

function list({ at, name, data }: PageEvent): void {
  const line = document.createElement('li');
  line.textContent = `${new Date(at).toLocaleTimeString()} ${name} ${JSON.stringify(data)}`;
  byId('events').prepend(line);
}

const session = new RoomSession(query, list);
window.audience = session;
window.truth = async () => readTruth(await window.tap.frames());

const { trtc } = session;
const views = new Map<string, HTMLElement>();
type Stream = Parameters<typeof trtc.stopRemoteVideo>[0] & { userId: string };
const keyOf = ({ userId, streamType }: Stream) => `${userId}/${String(streamType)}`;

function show(stream: { userId: string; streamType: Parameters<typeof trtc.startRemoteVideo>[0]['streamType'] }): void {
  const view = document.createElement('div');
  view.title = keyOf(stream);
  views.set(keyOf(stream), view);
  byId('views').append(view);
  trtc
    .startRemoteVideo({ ...stream, view })
    .catch((error: unknown) => session.note('problem', { message: String(error) }));
}

trtc.on(sdk.EVENT.REMOTE_VIDEO_AVAILABLE, show);
trtc.on(sdk.EVENT.REMOTE_VIDEO_UNAVAILABLE, (stream) => {
  views.get(keyOf(stream))?.remove();
  views.delete(keyOf(stream));
});

void session.enter('audience').catch(() => undefined); // shown as an event
