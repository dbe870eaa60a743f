import {
  RecordingRequestSchema,
  RecordingStatusSchema,
  RecordingUpdateSchema,
  type ErrorCode,
} from '@trtc-recorder/contracts';
import { z } from 'zod';
import { FilterSchema, ListSchema } from '../filter.ts';

/** What the document says of one route. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch';
  /** As Fastify has it. */
  readonly url: string;
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

const accepted = z.object({ RequestId: z.string(), Message: z.string() });
const healthy = z.object({ Status: z.literal('ok') });
const count = z.int().min(0);
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
  { ...submission, url: '/', summary: "Start a recording, the recipe's way", status: 200 },
  { ...submission, url: '/v1/recordings', summary: 'Start a recording', status: 202, answer: accepted },
  {
    method: 'get',
    url: '/v1/recordings',
    summary: 'Recordings, newest first',
    query: ListSchema,
    status: 200,
    answer: z.object({ Recordings: z.array(RecordingStatusSchema), Cursor: z.string().optional() }),
    refusals: ['InvalidParameter.Field'],
  },
  {
    method: 'get',
    url: '/v1/statistics',
    summary: 'How many recordings are in each state',
    query: FilterSchema,
    status: 200,
    answer: z.object({ Queued: count, Running: count, Done: count, Failed: count }),
    refusals: ['InvalidParameter.Field'],
  },
  {
    method: 'get',
    url: one,
    summary: 'State, step, progress and, once it has ended, the result',
    status: 200,
    answer: RecordingStatusSchema,
    refusals: ['NotFound'],
  },
  {
    method: 'get',
    url: `${one}/logs`,
    summary: 'What happened, for a person',
    status: 200,
    answer: z.object({ RequestId: z.string(), Lines: z.array(z.string()) }),
    refusals: ['NotFound'],
  },
  {
    method: 'patch',
    url: one,
    summary: 'Change a recording that waits or runs',
    body: RecordingUpdateSchema,
    status: 200,
    answer: z.object({ RequestId: z.string(), Changed: z.array(z.string()) }),
    refusals: [...SUBMISSION.filter((code) => code !== 'RecorderAlreadyActive'), 'NotFound', 'UpdateTooLate'],
  },
  ...(
    [
      ['stop', 'End a recording; what was recorded is delivered'],
      ['terminate', 'Give up what still waits or runs of a recording'],
      ['callback/replay', 'POST its result to its Callback once more'],
    ] as const
  ).map(([what, summary]): Operation => ({
    method: 'post',
    url: `${one}/${what}`,
    summary,
    status: 202,
    answer: accepted,
    refusals: ['NotFound'],
  })),
  {
    method: 'get',
    url: '/healthz',
    summary: 'The process lives',
    status: 200,
    answer: healthy,
    refusals: [],
    open: true,
  },
  {
    method: 'get',
    url: '/readyz',
    summary: 'It can accept recordings',
    status: 200,
    answer: healthy,
    refusals: [],
    open: true,
  },
];
