import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** COS's code in an error document. */
  readonly code: string | undefined;
}

export interface Call {
  readonly method: string;
  /** Not encoded. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface Signer {
  readonly port: number;
  readonly host?: string;
  readonly secretId?: string;
  readonly secretKey?: string;
  /** Seconds since the epoch. */
  readonly start?: number;
  readonly end?: number;
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const hmac = (key: string, text: string) => createHmac('sha1', key).update(text).digest('hex');

/** Signs and sends one request as COS's documentation of the signature has it, without the SDK. */
export function cosCall(signer: Signer, call: Call): Promise<Reply> {
  const { method, key, query = {}, body = '' } = call;
  const host = signer.host ?? 'rec-1250000000.cos.ap-guangzhou.myqcloud.com';
  const headers: Record<string, string> = {
    host,
    ...(['PUT', 'POST'].includes(method) ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    ...call.headers,
  };
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  const path = `/${key.split('/').map(encode).join('/')}${search === '' ? '' : `?${search}`}`;
  return send(signer.port, {
    method,
    path,
    body,
    headers: { ...headers, authorization: authorizationFor(signer, call, headers) },
  });
}

/** The Authorization header of a request with these headers, all of which are signed. */
export function authorizationFor(
  signer: Signer,
  { method, key, query = {} }: Call,
  headers: Readonly<Record<string, string>>,
): string {
  const { secretId = 'AKIDowner', secretKey = 'owner-key' } = signer;
  const seconds = Math.floor(Date.now() / 1000);
  const time = `${signer.start ?? seconds - 1};${signer.end ?? seconds + 600}`;
  const names = (record: object) =>
    Object.keys(record)
      .map((name) => encode(name).toLowerCase())
      .sort();
  const lower = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [encode(name).toLowerCase(), value]));
  const pairs = (record: Readonly<Record<string, string>>) =>
    names(record)
      .map((name) => `${name}=${encode(lower(record)[name] ?? '')}`)
      .join('&');
  const text = `${method.toLowerCase()}\n/${key}\n${pairs(query)}\n${pairs(headers)}\n`;
  const toSign = `sha1\n${time}\n${createHash('sha1').update(text).digest('hex')}\n`;
  const lists = `q-header-list=${names(headers).join(';')}&q-url-param-list=${names(query).join(';')}`;
  const signature = hmac(hmac(secretKey, time), toSign);
  return `q-sign-algorithm=sha1&q-ak=${secretId}&q-sign-time=${time}&q-key-time=${time}&${lists}&q-signature=${signature}`;
}

export function send(
  port: number,
  {
    method,
    path,
    headers,
    body,
  }: { method: string; path: string; headers: Record<string, string>; body?: Buffer | string },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('error', reject);
      message.on('end', () => {
        const whole = Buffer.concat(chunks);
        const text = whole.toString();
        const code = /<Code>(.*)<\/Code>/.exec(text)?.[1];
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: whole, text, code });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
