import { CosConfigSchema, RecordingRequestSchema, type RecordingRequest } from '@trtc-recorder/contracts';
import { probablyMeant } from '@trtc-recorder/runtime';

const FIELDS = Object.keys(RecordingRequestSchema.shape);
const COS_FIELDS = Object.keys(CosConfigSchema.shape);
/** A body of 64 KiB can have thousands of fields; the answer stays short. */
const MAX_WARNINGS = 20;
const MAX_NAME = 64;

/** What a caller of an accepted request should look at: fields without effect, and a limit that is lower than asked. */
export function warningsFor(body: unknown, { MaxDuration }: RecordingRequest, maxDurationS: number): string[] {
  const warnings = [
    ...unknownFields(body, FIELDS),
    ...['CosConfig', 'BackupCosConfig'].flatMap((name) => unknownFields(fieldOf(body, name), COS_FIELDS, `${name}.`)),
  ];
  if (MaxDuration !== undefined && MaxDuration > maxDurationS)
    warnings.unshift(loweredWarning(MaxDuration, maxDurationS));
  const more = warnings.length - MAX_WARNINGS;
  return more > 0 ? [...warnings.slice(0, MAX_WARNINGS), `and ${more} more`] : warnings;
}

export const loweredWarning = (asked: number, limit: number): string =>
  `MaxDuration is lowered from ${asked} s to ${limit} s, the limit of this deployment`;

function unknownFields(value: unknown, known: readonly string[], prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = probablyMeant(name, known);
      const hint = meant === undefined ? '' : `: did you mean ${prefix}${meant}?`;
      return `${prefix}${name.slice(0, MAX_NAME)} is unknown and ignored${hint}`;
    });
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
