export { decodeCopy, encodeCopy, type CopyPositions } from './copy-object.ts';
export { SpoolGrowth, type Grown } from './growth.ts';
export { mergeSpools } from './merge.ts';
export { restoreSpool, type RestoredSpool, type SpoolCopies } from './restore.ts';
