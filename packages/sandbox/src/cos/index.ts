import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@trtc-recorder/runtime';
import { errorAnswer, send } from './answer.ts';
import { Buckets, type Bucket } from './buckets.ts';
import { CosError } from './cos-error.ts';
import { FaultBox, type CosFaults } from './faults.ts';
import { ObjectFiles } from './object-files.ts';
import { readRequest } from './operation.ts';
import { handlers } from './operations.ts';
import { authorize, type CloudKey, type KeyLookup } from './signature.ts';
import { strike } from './strike.ts';
import { Uploads } from './uploads.ts';

export type { Bucket } from './buckets.ts';
export type { CosFault, CosFaultRule, CosFaults } from './faults.ts';
export type { Operation as CosOperation } from './operation.ts';
export type { CloudKey, KeyLookup } from './signature.ts';

export interface CosOptions {
  readonly host: string;
  /** TCP port; 0: any free one. */
  readonly port: number;
  /** Objects lie in it as `<bucket>/<key>`. */
  readonly dataDir: string;
  readonly credentials: readonly CloudKey[] | KeyLookup;
  /** The buckets there are; left out: any, each in the region where it is first used. */
  readonly buckets?: readonly Bucket[] | undefined;
  readonly logger: Logger;
}

export interface Cos {
  readonly url: string;
  readonly port: number;
  readonly faults: CosFaults;
  close(): Promise<void>;
}

/** Keys with their tokens come in headers. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * COS on one machine: the part of its XML API that a recorder's SDK speaks, with signatures verified, over a directory.
 * Bucket and region are read from the Host header, so that a client is pointed here by address alone.
 */
export async function startCos(options: CosOptions): Promise<Cos> {
  const files = new ObjectFiles(options.dataDir);
  await files.load();
  const faults = new FaultBox();
  const closing = new AbortController();
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 });
  const serve = serving({ options, files, faults, uploads: new Uploads(), signal: closing.signal });
  server.on('request', (message, response) => void serve(message, response));
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    port,
    faults,
    close: async () => {
      closing.abort();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

interface Parts {
  readonly options: CosOptions;
  readonly files: ObjectFiles;
  readonly uploads: Uploads;
  readonly faults: FaultBox;
  readonly signal: AbortSignal;
}

function serving({ options, files, uploads, faults, signal }: Parts) {
  const { credentials, logger } = options;
  const lookup: KeyLookup =
    typeof credentials === 'function' ? credentials : (id) => credentials.find((key) => key.secretId === id);
  const buckets = new Buckets(options.buckets);

  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const request = readRequest(message);
    const fault = faults.take(request);
    if (fault !== undefined && (await strike(fault, message, response, signal))) return;
    authorize(request, lookup, Date.now());
    buckets.check(request.bucket, request.region);
    const context = { files, uploads, corrupted: fault?.fault === 'corrupt' };
    const result = await handlers[request.operation](request, context);
    await send(response, result, { cut: fault?.fault === 'truncate' });
  };

  return async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomBytes(16).toString('hex');
    response.setHeader('Server', 'tencent-cos');
    response.setHeader('x-cos-request-id', requestId);
    try {
      await answer(message, response);
    } catch (error) {
      await refuse(error, message, response, requestId, logger);
    }
  };
}

async function refuse(
  error: unknown,
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  logger: Logger,
): Promise<void> {
  // The client has gone, or the answer is half out: there is nobody to tell.
  if (response.destroyed || response.headersSent || message.errored) return void response.destroy();
  const known = error instanceof CosError;
  if (!known) logger.error({ err: error }, 'COS: an operation failed');
  const refusal = known ? error : new CosError(500, 'InternalError', 'We encountered an internal error.');
  logger.debug({ code: refusal.code, method: message.method }, 'COS: refused');
  message.resume();
  await send(response, errorAnswer(refusal, (message.url ?? '').split('?')[0] ?? '', requestId));
}

function listen(server: Server, { host, port }: CosOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
