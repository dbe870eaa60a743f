export { claimedMs, isInGap, unaccountedMs, type Bounds } from './accounting.ts';
export { flashes, type Picture } from './picture.ts';
export { decodeErrors, probe, type Probed } from './probe.ts';
export { isWhole, type Tone } from './sound.ts';
export { beepAt, beepsOf, frameCodes, loudnessOf, skews, truthOf, type NumberedPicture, type Truth } from './truth.ts';
export { slicesOf } from './slices.ts';
