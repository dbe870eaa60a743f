import { AppError } from '@trtc-recorder/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

const ParamsSchema = z.object({ requestId: z.string() });

/** The recording that a route with `:requestId` is about. */
export const idOf = ({ params }: FastifyRequest): string => ParamsSchema.parse(params).requestId;

export const noSuchRecording = (): AppError =>
  new AppError('NotFound', 'no such recording; results are kept for 3 days');
