import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CosFaults } from '../../cos/index.ts';
import { parse } from './parse.ts';

const OPERATIONS = [
  'HeadBucket',
  'GetBucket',
  'PutObject',
  'GetObject',
  'HeadObject',
  'DeleteObject',
  'DeleteMultipleObjects',
  'InitiateMultipartUpload',
  'UploadPart',
  'ListParts',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'ListMultipartUploads',
] as const;

/** The fields of CosFaultRule. */
const CosFaultRuleSchema = z.strictObject({
  fault: z.enum(['error', 'stall', 'reset', 'truncate', 'corrupt', 'delay']),
  status: z.int().min(200).max(599).optional(),
  code: z.string().optional(),
  ms: z.int().min(0).optional(),
  method: z.string().optional(),
  operation: z.enum(OPERATIONS).optional(),
  keyPrefix: z.string().optional(),
  times: z.int().min(1).optional(),
  after: z.int().min(0).optional(),
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
});

/** Faults of COS over REST. */
export function cosFaultRoutes(app: FastifyInstance, faults: CosFaults): void {
  app.get('/v1/cos/faults', () => ({ faults: faults.list() }));
  app.post('/v1/cos/faults', ({ body }) => faults.add(parse(CosFaultRuleSchema, body)));
  app.delete('/v1/cos/faults', () => {
    faults.clear();
    return {};
  });
}
