export { writeDeviceFiles, type DeviceFiles } from './clips/device-files.ts';
export * from './clips/frame-code.ts';
export { slices } from './clips/h264-payloads.ts';
export { sentSlices } from './clips/sent-slices.ts';
export { clipSpec, type ClipSpec, type ClipSpecInput } from './clips/spec.ts';
export type { TimestampFaultsInput } from './clips/timestamp-faults.ts';
export * from './config.ts';
export * from './cos/index.ts';
export * from './trtc-api/index.ts';
export { RoomControl, RoomsControl, type RoomView } from './control.ts';
export type { AnchorsInput, PublishChangeInput, UserSigInput } from './rooms/control-schemas.ts';
export type { Delivery } from './rooms/deliveries.ts';
export type { LogEntry } from './rooms/event-log.ts';
export type { Impairment } from './rooms/impairment.ts';
export type { MemberControl, MemberView } from './rooms/member-control.ts';
export {
  ANCHOR_BROWSER_ARGUMENTS,
  launchAnchorBrowser,
  openAnchor,
  type AnchorQuery,
  type AnchorSwitch,
  type OpenAnchorOptions,
  type OpenedAnchor,
  type PageEvent,
} from './rooms/open-anchor.ts';
export type { Refusable, RefusalRule } from './rooms/refusals.ts';
export { seeded } from './rooms/seeded.ts';
export type { RoomSettings, RoomSettingsInput } from './rooms/settings.ts';
export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
