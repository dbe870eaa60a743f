import { get } from 'node:http';
import { createAgent } from '@trtc-recorder/runtime';

/** As much of `fetch` as the metadata service needs. */
export type MetadataFetch = (
  url: string,
  options: { readonly signal: AbortSignal; readonly redirect: 'error' },
) => Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>;

/**
 * Asks the instance's metadata service. Node's own fetch looks names up in the thread pool, where a name server that says
 * nothing holds up the file system; and a proxy has no part in it.
 */
export const metadataFetch =
  (timeoutMs: number): MetadataFetch =>
  (url, { signal }) =>
    new Promise((resolve, reject) => {
      // Node says only that the request was aborted.
      const fail = (error: unknown) => reject((signal.aborted ? signal.reason : error) as Error);
      const agent = createAgent('http:', { connectTimeoutMs: timeoutMs });
      const request = get(url, { agent, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          const text = () => Promise.resolve(Buffer.concat(chunks).toString());
          resolve({ ok: status >= 200 && status < 300, status, text });
        });
      });
      request.on('error', fail);
    });
