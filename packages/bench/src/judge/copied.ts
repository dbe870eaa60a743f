import { sentSlices, type ClipSpecInput } from '@trtc-recorder/sandbox';
import { slicesOf } from '@trtc-recorder/stack';
import { createHash } from 'node:crypto';
import type { AnchorSetup } from '../case.ts';
import type { CaseRun } from '../run-case.ts';
import type { FoundFile } from './found.ts';

/** Pictures of a file's own size: how many were sent, and how many are in it bit for bit. */
export interface Copied {
  readonly copiedFrames: number;
  readonly dominantFrames: number;
}

const digest = (slice: Uint8Array): string => createHash('sha256').update(slice).digest('base64');

/** Every clip a synthetic anchor showed. */
const clipsOf = ({ benchCase: { steps = [] } }: CaseRun, { userId, clip }: AnchorSetup): ClipSpecInput[] => [
  clip,
  ...steps.flatMap((step) => (step.userId === userId && step.action.do === 'show' ? [step.action.clip] : [])),
];

const sizeOf = ({ width = 320, height = 240 }: ClipSpecInput): string => `${width}x${height}`;

/** Compares the slices of a file with those its anchor sent; nothing where these are unknown (browsers, VP8, screens). */
export async function copiedOf(run: CaseRun, file: FoundFile, setup: AnchorSetup): Promise<Copied | undefined> {
  const { video } = file.truth.probed;
  if (setup.browser === true || file.track === 'sub' || video === undefined) return undefined;
  const size = `${video.width ?? 0}x${video.height ?? 0}`;
  const clip = clipsOf(run, setup).find((each) => each.codec !== 'vp8' && sizeOf(each) === size);
  if (clip === undefined) return undefined;
  const sent = new Set((await sentSlices(clip)).map(digest));
  const delivered = await slicesOf(file.path);
  const dominantFrames = run.deliveries
    .filter(({ publisherId, stream }) => publisherId === setup.userId && stream === 'main')
    .reduce((sum, { pictures }) => sum + (pictures[`h264 ${size}`] ?? 0), 0);
  return { copiedFrames: delivered.filter((slice) => sent.has(digest(slice))).length, dominantFrames };
}
