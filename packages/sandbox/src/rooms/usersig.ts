import { createHmac, timingSafeEqual } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import { JOIN_CODE } from './protocol.ts';

/** UserSig 2.0: a deflated JSON document, base64 with `+/=` written `*-_`, signed with HMAC-SHA256. */
const DocumentSchema = z.object({
  'TLS.ver': z.string(),
  'TLS.identifier': z.string(),
  'TLS.sdkappid': z.coerce.number(),
  /** Seconds the signature lives from `TLS.time` on. */
  'TLS.expire': z.coerce.number(),
  /** Seconds since the Unix epoch. */
  'TLS.time': z.coerce.number(),
  'TLS.sig': z.string(),
});
type Signed = z.infer<typeof DocumentSchema>;

const escape64 = (text: string) => text.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
const unescape64 = (text: string) => text.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '=');
const nowSeconds = () => Math.floor(Date.now() / 1000);

const signature = (key: string, userId: string, sdkAppId: number, time: number, expire: number) =>
  createHmac('sha256', key)
    .update(`TLS.identifier:${userId}\nTLS.sdkappid:${sdkAppId}\nTLS.time:${time}\nTLS.expire:${expire}\n`)
    .digest('base64');

export interface UserSigRequest {
  readonly sdkAppId: number;
  readonly userId: string;
  /** Seconds it is valid, from `time` on; one day by default. */
  readonly expireSeconds?: number | undefined;
  /** When it was made, seconds since the Unix epoch; now by default. */
  readonly time?: number | undefined;
}

export function makeUserSig(
  key: string,
  { sdkAppId, userId, expireSeconds = 86_400, time = nowSeconds() }: UserSigRequest,
): string {
  const document: Signed = {
    'TLS.ver': '2.0',
    'TLS.identifier': userId,
    'TLS.sdkappid': sdkAppId,
    'TLS.expire': expireSeconds,
    'TLS.time': time,
    'TLS.sig': signature(key, userId, sdkAppId, time, expireSeconds),
  };
  return escape64(deflateSync(Buffer.from(JSON.stringify(document))).toString('base64'));
}

/** 0 when the signature is good for this app and user now, otherwise the code of the refusal (`JOIN_CODE`). */
export function checkUserSig(key: string, userSig: string, expected: { sdkAppId: number; userId: string }): number {
  const document = parse(userSig);
  if (document === undefined) return JOIN_CODE.sigMalformed;
  if (document['TLS.identifier'] !== expected.userId) return JOIN_CODE.sigOtherUser;
  if (document['TLS.sdkappid'] !== expected.sdkAppId) return JOIN_CODE.sigOtherApp;
  const { 'TLS.time': time, 'TLS.expire': expire } = document;
  const wanted = Buffer.from(signature(key, expected.userId, expected.sdkAppId, time, expire));
  const given = Buffer.from(document['TLS.sig']);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return JOIN_CODE.sigMismatch;
  return time + expire < nowSeconds() ? JOIN_CODE.sigExpired : 0;
}

function parse(userSig: string): Signed | undefined {
  try {
    const json: unknown = JSON.parse(inflateSync(Buffer.from(unescape64(userSig), 'base64')).toString('utf8'));
    return DocumentSchema.safeParse(json).data;
  } catch {
    return undefined;
  }
}
