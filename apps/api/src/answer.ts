import { errorCatalogue, type ErrorCode } from '@trtc-recorder/contracts';
import { AppError, toAppError } from '@trtc-recorder/runtime';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** What every refusal looks like. */
export interface ErrorAnswer {
  readonly RequestId: string;
  readonly Error: {
    readonly Code: ErrorCode;
    readonly Message: string;
    /** RecorderAlreadyActive: the recording that has the recorder. */
    readonly ActiveRequestId?: string;
  };
}

/** The header under which the recipe gave a request's id; on every answer here. */
export const REQUEST_ID_HEADER = 'x-scf-reqid';

/**
 * Fastify's own refusals in the catalogue's words. Its messages aren't passed on: JSON.parse quotes the body, which may
 * hold keys.
 */
const byStatus: Readonly<Record<number, { code: ErrorCode; message: string }>> = {
  400: { code: 'InvalidParameter', message: 'the request body is not valid JSON' },
  404: { code: 'NotFound', message: 'no such route' },
  413: { code: 'PayloadTooLarge', message: 'the request body exceeds 64 KiB' },
  415: { code: 'UnsupportedMediaType', message: 'the request body must be sent as application/json' },
};

/** Anything thrown while a request was handled, as an error of the catalogue. */
function asAppError(error: unknown): AppError {
  const status = error instanceof Error && 'statusCode' in error ? (error as FastifyError).statusCode : undefined;
  const known = status === undefined ? undefined : byStatus[status];
  return known === undefined ? toAppError(error) : new AppError(known.code, known.message, { cause: error });
}

export function errorAnswer(requestId: string, error: AppError): { status: number; body: ErrorAnswer } {
  const entry = errorCatalogue[error.code];
  const status = 'status' in entry ? entry.status : 500;
  // A fault of ours may say anything; the caller gets the id to ask the operator with.
  const Message = status === 500 ? errorCatalogue.InternalError.help : error.message;
  const Code = status === 500 ? 'InternalError' : error.code;
  const active = Code === 'RecorderAlreadyActive' ? error.details['requestId'] : undefined;
  const Error = { Code, Message, ...(typeof active === 'string' && { ActiveRequestId: active }) };
  return { status, body: { RequestId: requestId, Error } };
}

/** Sends the refusal. Also called where throwing would reach another error handler than ours, in Bull Board's routes. */
export function refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = asAppError(thrown);
  const { status, body } = errorAnswer(request.id, error);
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  if (status === 401) reply.header('www-authenticate', 'Basic realm="trtc-recorder", charset="UTF-8"');
  reply.status(status).send(body);
}
