import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Mode, Room } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { startSandbox, type RoomControl, type Sandbox } from '@trtc-recorder/sandbox';
import { launchRoomBrowser, type JoinParams, type RoomBrowser, type RoomBrowserOptions } from '../../src/index.ts';
import { ensurePageIsBuilt } from './built-page.ts';

export const RECORDER = 'recorder';
/** A room of its own for every test. */
let rooms = 0;
export const newRoom = (): Room => ({ type: 'string', id: `room ${(rooms += 1)}` });

/** Rooms to record and a browser that records them. */
export interface World {
  readonly sandbox: Sandbox;
  readonly browser: RoomBrowser;
  room(name: Room): RoomControl;
  /** What a recorder needs to enter a room; its user id is `recorder`. */
  params(name: Room, mode?: Mode): JoinParams;
  /** Another browser of the same kind; the test closes it. */
  launch(options?: Partial<RoomBrowserOptions>): Promise<RoomBrowser>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  await ensurePageIsBuilt();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'room-test-'));
  const cloudKeys = { secretId: 'id', secretKey: 'key' };
  const sandbox = await startSandbox({ dataDir, cloudKeys, logger: silentLogger() });
  const launch: World['launch'] = (options = {}) =>
    launchRoomBrowser({ redirectScript: sandbox.urls.redirectScript, logger: silentLogger(), ...options });
  const browser = await launch();
  const sdkAppId = sandbox.rooms.defaultSdkAppId;
  return {
    sandbox,
    browser,
    launch,
    room: (name) => sandbox.rooms.room(name),
    params: (room, mode = '02') => {
      const userSig = sandbox.rooms.userSig({ userId: RECORDER });
      return { sdkAppId, room, userId: RECORDER, userSig, mode };
    },
    async close() {
      await browser.close();
      await sandbox.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

interface SlotView {
  readonly ssrc: number;
  /** Packets the room has sent. */
  readonly sent: number;
  /** Key frames the recorder asked for. */
  readonly keyRequests: number;
}

/** What the room has sent the recorder of one anchor. */
export function sentTo(
  room: RoomControl,
  userId: string,
  recorder = RECORDER,
): Record<'audio' | 'main' | 'sub', SlotView> {
  const subscription = room
    .member(recorder)
    .view()
    .subscriptions.find((candidate) => candidate['userId'] === userId);
  if (!subscription) throw new Error(`${recorder} is not subscribed to ${userId}`);
  return subscription as Record<'audio' | 'main' | 'sub', SlotView>;
}
