// Run on a machine of its own (a network namespace): POSTs to a URL, and prints what came of it as JSON.
import { request } from 'node:http';
import { errorMessage } from '@trtc-recorder/runtime';
import { addressPolicy } from '../src/addresses.ts';
import { post } from '../src/post.ts';

const limits = { timeoutMs: 10_000, connectTimeoutMs: 5_000, policy: addressPolicy({ allowPrivate: true }) };

/** As Node does it by itself. */
const plainly = (url: string) =>
  new Promise<unknown>((resolve) => {
    request(url, { agent: false, timeout: 8_000 }, ({ statusCode }) => resolve(statusCode))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .on('timeout', () => resolve('nothing'))
      .end();
  });

const [url = '', compare] = process.argv.slice(2);
const outcome = await post({ url, body: '{}', headers: {} }, limits).catch((error: unknown) => errorMessage(error));
const byNode = compare === 'compare' ? await plainly(url) : undefined;
process.stdout.write(JSON.stringify({ outcome, byNode }));
process.exit();
