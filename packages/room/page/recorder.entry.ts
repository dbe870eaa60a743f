/**
 * Main thread of a capture page. Loaded before the SDK (it wraps RTCPeerConnection); everything it has to say goes
 * through the tap worker, whose socket leads to Node.
 */
import type { RoomEvent } from '@trtc-recorder/contracts';
import type { TRTC } from 'trtc-sdk-v5';
import type { PageCommand, PageMessage, SessionStats } from '../src/page-protocol.ts';
import { now } from './clock.ts';
import { Fallback } from './fallback.ts';
import { FirstKeyFrame } from './first-key-frame.ts';
import { OwnerSearch } from './owner-search.ts';
import { PageScripts } from './page-scripts.ts';
import { checksOf, PathWatch } from './path-watch.ts';
import { ReconnectGuard } from './reconnect-guard.ts';
import { RoomClient } from './room-client.ts';
import { Roster } from './roster.ts';
import { toFailure } from './sdk-failure.ts';
import { TapCounts } from './tap-counts.ts';
import { TapRegistry } from './tap-registry.ts';
import { framesByTrack, readStats, receptionOf } from './tap-stats.ts';
import { Watchdog } from './watchdog.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

declare const window: Window & typeof globalThis & { TRTC: typeof TRTC };

const scripts = new PageScripts(window);
const worker = new Worker('tap-worker.entry.js');
const toWorker = (message: ToWorker): void => worker.postMessage(message);
const send = (message: PageMessage): void => toWorker({ send: message });
const registry = new TapRegistry(worker, {
  onPath: (state, previous) =>
    emit({ type: 'connection', at: now(), state: `media ${state}`, previous: `media ${previous}` }),
  onRelease: (tap) => {
    search.release(tap);
    watchdog.released(tap);
    firstKeyFrame.done(tap);
  },
  onBound: (tap, section) => {
    search.bind(tap, section);
    firstKeyFrame.bound(tap, section);
  },
  onFault: (error) => note(`a description could not be read: ${String(error)}`),
});
registry.install(window);
const guard = new ReconnectGuard((why) => toWorker({ giveUp: why }));
guard.install(window);
const counts = new TapCounts(toWorker);
const roster = new Roster();
let client: RoomClient | undefined;

const search = new OwnerSearch({
  roster,
  lookup: (track) => client?.trackOf(track) ?? null,
  found: ({ tap, ssrc, track }) => emit({ type: 'owner', at: now(), tap, ssrc, ...track }),
});

const note = (message: string): void => emit({ type: 'note', at: now(), message });
const fallback = new Fallback({
  frame: (frame) => toWorker({ frame }),
  owner: ({ tap, ssrc, track }) => emit({ type: 'owner', at: now(), tap, ssrc, ...track }),
  ended: (track) => watchdog.remedyEnded(track),
  note,
});
const watchdog = new Watchdog({
  roster,
  tapOf: (track) => search.tapOf(track),
  isConnected: () => registry.isConnected,
  frames: async () =>
    framesByTrack(registry.taps, (await counts.read()).taps, (tap, ssrc) => search.ownerOf(tap, ssrc)),
  reception: (tap, track) => receptionOf(tap.receiver, (ssrc) => search.mayDeliver(tap, ssrc, track)),
  remedies: {
    start: (track, tap) => fallback.start(track, tap),
    stop: (track) => fallback.stop(track),
    resubscribe: async (track) => (await client?.subscriptions?.renew(track)) ?? 'busy',
    subscribe: async (track) => (await client?.subscriptions?.take(track)) ?? 'busy',
  },
  emit: (event) => emit(event),
  note,
  now,
});
const firstKeyFrame = new FirstKeyFrame({
  reception: ({ receiver }, { ssrcs }) => receptionOf(receiver, (ssrc) => ssrcs === 'any' || ssrcs.has(ssrc)),
  requestKeyFrame: ({ tap }) => toWorker({ requestKeyFrame: tap }),
  stuck: (tap, since) => watchdog.missesKeyFrame(tap, since),
  now,
});

const pathWatch = new PathWatch({
  checks: async () => {
    const connection = registry.taps.at(-1)?.connection;
    return connection === undefined ? undefined : checksOf(connection);
  },
  changed: (state, previous) => emit({ type: 'connection', at: now(), state, previous }),
  now,
});

function emit(event: RoomEvent): void {
  roster.note(event);
  send({ type: 'event', event });
  if (event.type === 'unavailable' || event.type === 'anchor-exit') watchdog.forgetUnpublished();
  if (event.type !== 'owner') search.retry();
}

async function stats(): Promise<SessionStats> {
  const { taps, droppedFrames } = await counts.read();
  return { taps: await readStats(registry.taps, taps, (tap, ssrc) => search.ownerOf(tap, ssrc)), droppedFrames };
}

async function run(command: PageCommand): Promise<unknown> {
  if (command.name === 'stats') return stats();
  if (command.name === 'leave') return client?.leave();
  if (command.name === 'join') {
    await scripts.loaded();
    registry.decode = command.join.decode;
    client = new RoomClient(window.TRTC, emit);
    await client.join(command.join);
    guard.start();
  }
  return undefined;
}

worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
  if ('command' in data) {
    const { id } = data.command;
    run(data.command).then(
      (value) => send({ type: 'reply', id, value }),
      (error: unknown) => send({ type: 'failure', id, failure: toFailure(error) }),
    );
  } else if ('run' in data) {
    const tap = registry.taps[data.run.tap];
    if (tap) {
      search.ask(tap, data.run.ssrc);
      firstKeyFrame.done(tap);
    }
  } else if ('counted' in data) counts.receive(data);
  else void client?.leave();
};
setInterval(() => toWorker({ alive: true }), 500);
search.startTimer();
firstKeyFrame.startTimer();
watchdog.start();
pathWatch.start();
