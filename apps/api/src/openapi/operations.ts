import {
  RecordingRequestSchema,
  RecordingStatusSchema,
  RecordingUpdateSchema,
  type ErrorCode,
} from '@trtc-recorder/contracts';
import { z } from 'zod';
import { FilterSchema, ListSchema } from '../filter.ts';
import {
  AcceptedSchema,
  ChangedSchema,
  HealthSchema,
  ListedSchema,
  LogsSchema,
  OrderedSchema,
  StatisticsSchema,
} from './models.ts';

/** What the document says of one route. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch';
  /** As Fastify has it. */
  readonly url: string;
  /** Name of the method in a generated client. */
  readonly id: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly status: number;
  /** Absent: plain text. */
  readonly answer?: z.ZodType;
  /** Refusals of its own, besides InternalError, Unauthorized and QueueUnavailable. */
  readonly refusals: readonly ErrorCode[];
  /** Whether it is answered without a token. */
  readonly open?: true;
}

const SUBMISSION: readonly ErrorCode[] = [
  'InvalidParameter',
  'InvalidParameter.Field',
  'InvalidParameter.UserSig',
  'RecorderAlreadyActive',
  'PayloadTooLarge',
  'UnsupportedMediaType',
];
const submission = {
  method: 'post',
  body: RecordingRequestSchema,
  headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
  refusals: SUBMISSION,
} as const;
const one = '/v1/recordings/:requestId';

/** Every route that speaks JSON, and the recipe's. */
export const operations: readonly Operation[] = [
  {
    ...submission,
    url: '/',
    id: 'startRecordingAsRecipe',
    summary: "Start a recording, the recipe's way",
    status: 200,
  },
  {
    ...submission,
    url: '/v1/recordings',
    id: 'startRecording',
    summary: 'Start a recording',
    status: 202,
    answer: AcceptedSchema,
  },
  {
    method: 'get',
    url: '/v1/recordings',
    id: 'listRecordings',
    summary: 'Recordings, newest first',
    query: ListSchema,
    status: 200,
    answer: ListedSchema,
    refusals: ['InvalidParameter.Field'],
  },
  {
    method: 'get',
    url: '/v1/statistics',
    id: 'getStatistics',
    summary: 'How many recordings are in each state',
    query: FilterSchema,
    status: 200,
    answer: StatisticsSchema,
    refusals: ['InvalidParameter.Field'],
  },
  {
    method: 'get',
    url: one,
    id: 'getRecording',
    summary: 'State, step, progress and, once it has ended, the result',
    status: 200,
    answer: RecordingStatusSchema,
    refusals: ['NotFound'],
  },
  {
    method: 'get',
    url: `${one}/logs`,
    id: 'getRecordingLogs',
    summary: 'What happened, for a person',
    status: 200,
    answer: LogsSchema,
    refusals: ['NotFound'],
  },
  {
    method: 'patch',
    url: one,
    id: 'updateRecording',
    summary: 'Change a recording that waits or runs',
    body: RecordingUpdateSchema,
    status: 200,
    answer: ChangedSchema,
    refusals: [...SUBMISSION.filter((code) => code !== 'RecorderAlreadyActive'), 'NotFound', 'UpdateTooLate'],
  },
  ...(
    [
      ['stop', 'stopRecording', 'End a recording; what was recorded is delivered'],
      ['terminate', 'terminateRecording', 'Give up what still waits or runs of a recording'],
      ['callback/replay', 'replayCallback', 'POST its result to its Callback once more'],
    ] as const
  ).map(([what, id, summary]): Operation => ({
    method: 'post',
    url: `${one}/${what}`,
    id,
    summary,
    status: 202,
    answer: OrderedSchema,
    refusals: ['NotFound'],
  })),
  {
    method: 'get',
    url: '/healthz',
    id: 'getHealth',
    summary: 'The process lives',
    status: 200,
    answer: HealthSchema,
    refusals: [],
    open: true,
  },
  {
    method: 'get',
    url: '/readyz',
    id: 'getReadiness',
    summary: 'It can accept recordings',
    status: 200,
    answer: HealthSchema,
    refusals: [],
    open: true,
  },
];
