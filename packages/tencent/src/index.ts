export * from './credentials/credentials.ts';
export { keysFromEnvironment } from './credentials/environment.ts';
export * from './credentials/provider.ts';
export type { AssumeRole, TkeOidc } from './credentials/sts.ts';
export * from './object-key.ts';
export * from './object-store.ts';
export * from './object-url.ts';
export * from './trtc-server-api.ts';
export * from './user-sig.ts';
