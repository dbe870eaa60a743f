import {
  ModeSchema,
  ProgressSchema,
  QualitySchema,
  ReasonSchema,
  RecordingRequestSchema,
  RecordingResultSchema,
  RecordingStatusSchema,
  RecordingUpdateSchema,
  ResultFileSchema,
  ResultTimelineSchema,
  StateSchema,
  StepSchema,
  StreamTypeSchema,
  TimelineDocumentSchema,
  TimelineFileSchema,
  TimelineGapSchema,
  TimelineSpanSchema,
  TimelineStreamSchema,
  TimelineTrackSchema,
  errorCatalogue,
} from '@trtc-recorder/contracts';
import { z } from 'zod';
import { describeModels } from './descriptions.ts';

const count = z.int().min(0);
const warnings = z.array(z.string()).optional();

export const AcceptedSchema = z.object({
  RequestId: z.string(),
  Message: z.string(),
  MaxDuration: z.int(),
  Warnings: warnings,
});
export const OrderedSchema = z.object({ RequestId: z.string(), Message: z.string() });
export const ChangedSchema = z.object({
  RequestId: z.string(),
  Changed: z.array(z.string()),
  MaxDuration: z.int().optional(),
  Warnings: warnings,
});
export const ListedSchema = z.object({ Recordings: z.array(RecordingStatusSchema), Cursor: z.string().optional() });
export const StatisticsSchema = z.object({ Queued: count, Running: count, Done: count, Failed: count });
export const LogsSchema = z.object({ RequestId: z.string(), Lines: z.array(z.string()) });
export const HealthSchema = z.object({ Status: z.literal('ok') });
export const ErrorSchema = z.object({
  RequestId: z.string(),
  Error: z.object({
    Code: z.enum(Object.keys(errorCatalogue)),
    Message: z.string(),
    ActiveRequestId: z.string().optional(),
  }),
});

/** What is sent: with defaults left out. */
const sent = { RecordingRequest: RecordingRequestSchema, RecordingUpdate: RecordingUpdateSchema };
/** What is answered, POSTed and stored. */
const answered = {
  Accepted: AcceptedSchema,
  Ordered: OrderedSchema,
  Changed: ChangedSchema,
  RecordingList: ListedSchema,
  Statistics: StatisticsSchema,
  Logs: LogsSchema,
  Health: HealthSchema,
  Error: ErrorSchema,
  RecordingStatus: RecordingStatusSchema,
  RecordingResult: RecordingResultSchema,
  ResultFile: ResultFileSchema,
  ResultTimeline: ResultTimelineSchema,
  Quality: QualitySchema,
  Progress: ProgressSchema,
  State: StateSchema,
  Step: StepSchema,
  Reason: ReasonSchema,
  Mode: ModeSchema,
  StreamType: StreamTypeSchema,
  TimelineDocument: TimelineDocumentSchema,
  TimelineStream: TimelineStreamSchema,
  TimelineTrack: TimelineTrackSchema,
  TimelineSpan: TimelineSpanSchema,
  TimelineGap: TimelineGapSchema,
  TimelineFile: TimelineFileSchema,
};

const refTo = (name: string): string => `#/components/schemas/${name}`;

/** Every model by its name, as JSON Schema; those inside others are references. */
export function modelSchemas(): Record<string, object> {
  return describeModels({ ...schemasOf(sent, 'input'), ...schemasOf(answered, 'output') });
}

function schemasOf(models: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(models)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, unrepresentable: 'any', uri: refTo });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutDialect(schema)]));
}

/** OpenAPI 3.1 has JSON Schema's dialect anyway, and ids of its own. */
function withoutDialect(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}

const names = new Map<z.ZodType, string>(
  Object.entries({ ...sent, ...answered }).map(([name, schema]) => [schema as z.ZodType, name]),
);

/** A reference to a model. */
export function modelRef(schema: z.ZodType): { $ref: string } {
  const name = names.get(schema);
  if (name === undefined) throw new Error('a schema without a name in models.ts');
  return { $ref: refTo(name) };
}
