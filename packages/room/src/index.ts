export type { Decode, SessionStats, TapStats } from './page-protocol.ts';
export { launchRoomBrowser, type RoomBrowser, type RoomBrowserOptions } from './room-browser.ts';
export type { JoinParams, RoomListener, RoomSession } from './room-session.ts';
