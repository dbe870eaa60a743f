export { decodeErrors, probe, type Probed } from './probe.ts';
export { loudnessOf, skews, truthOf, type Truth } from './truth.ts';
