import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Logger } from '@trtc-recorder/runtime';
import { actions, type ApiRooms } from './actions.ts';
import { ApiError } from './api-error.ts';
import { authenticate, type ApiKey, type ApiKeyLookup } from './signature.ts';

export type { ApiRooms } from './actions.ts';
export type { ApiKey, ApiKeyLookup } from './signature.ts';

export interface TrtcApiOptions {
  readonly host: string;
  /** TCP port; 0: any free one. */
  readonly port: number;
  readonly credentials: readonly ApiKey[] | ApiKeyLookup;
  readonly rooms: ApiRooms;
  readonly logger: Logger;
}

export interface TrtcApi {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const VERSION = '2019-07-22';
/** "This API only supports: ap-beijing, ap-guangzhou, ap-singapore." */
const REGIONS = new Set(['ap-beijing', 'ap-guangzhou', 'ap-singapore']);
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * TRTC's server API on one machine: RemoveUser, DismissRoom and their ByStrRoomId twins of API 3.0, with the TC3
 * signature verified, acting on the sandbox's rooms.
 */
export async function startTrtcApi({ host, port, credentials, rooms, logger }: TrtcApiOptions): Promise<TrtcApi> {
  const lookup: ApiKeyLookup =
    typeof credentials === 'function' ? credentials : (id) => credentials.find((key) => key.secretId === id);
  const act = async (message: IncomingMessage): Promise<void> => {
    const { headers, method = 'GET', url = '/' } = message;
    const body = await readBody(message);
    const action = actionOf(headers);
    authenticate({ method, url, headers, body }, lookup, Date.now());
    action(readJson(body), rooms);
  };
  const server = createServer((message, response) => {
    const requestId = randomUUID();
    act(message).then(
      () => send(response, { RequestId: requestId }),
      (error: unknown) => {
        const { code, message: text } = toApiError(error, logger);
        send(response, { Error: { Code: code, Message: text }, RequestId: requestId });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

function actionOf(headers: IncomingMessage['headers']) {
  const name = String(headers['x-tc-action'] ?? '');
  if (headers['x-tc-version'] !== VERSION)
    throw new ApiError('NoSuchVersion', `The version of this product is ${VERSION}.`);
  const action = actions.get(name);
  if (action === undefined) throw new ApiError('InvalidAction', `The sandbox has no action \`${name}\`.`);
  const region = headers['x-tc-region'];
  if (region === undefined) throw new ApiError('MissingParameter', 'The request is missing the parameter `Region`.');
  if (!REGIONS.has(String(region))) throw new ApiError('UnsupportedRegion', 'The region is not supported.');
  return action;
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError('RequestSizeLimitExceeded', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ApiError('InvalidParameter', 'The body is not JSON.');
  }
}

/** The rooms say `NotFound` where the API says that the room doesn't exist. */
function toApiError(error: unknown, logger: Logger): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof AppError && error.code === 'NotFound')
    return new ApiError('FailedOperation.RoomNotExist', 'The room does not exist.');
  logger.error({ err: error }, 'TRTC API: an action failed');
  return new ApiError('InternalError', 'An internal error has occurred.');
}

function send(response: ServerResponse, answer: unknown): void {
  const body = JSON.stringify({ Response: answer });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
