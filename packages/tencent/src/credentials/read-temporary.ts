import type { TemporaryCredentials } from './temporary.ts';

/** Reads keys as the metadata service and STS write them; `expiredTime` is in seconds since the epoch. */
export function readTemporary(keys: unknown, expiredTime: unknown): TemporaryCredentials {
  const { TmpSecretId, TmpSecretKey, Token } = (keys ?? {}) as Record<string, unknown>;
  const complete = [TmpSecretId, TmpSecretKey, Token].every((value) => typeof value === 'string' && value !== '');
  if (!complete || typeof expiredTime !== 'number') throw new Error('the answer holds no keys');
  return {
    secretId: String(TmpSecretId),
    secretKey: String(TmpSecretKey),
    sessionToken: String(Token),
    expiresAt: expiredTime * 1000,
  };
}
