import type { TRTC } from 'trtc-sdk-v5';

/** The SDK's UMD build, unmodified, loaded by a script tag before the page's own script. */
export const sdk: typeof TRTC = (window as Window & { TRTC?: typeof TRTC }).TRTC ?? missing();

function missing(): never {
  throw new Error('/sdk/trtc.js has to be loaded first');
}
