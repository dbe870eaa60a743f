import type { Credentials } from './credentials.ts';
import type { CredentialsSource } from './temporary.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The SDKs' names, and those that a cloud function gets (no underscores within). */
const NAMINGS = [
  { id: 'TENCENTCLOUD_SECRET_ID', key: 'TENCENTCLOUD_SECRET_KEY', token: 'TENCENTCLOUD_SESSION_TOKEN' },
  { id: 'TENCENTCLOUD_SECRETID', key: 'TENCENTCLOUD_SECRETKEY', token: 'TENCENTCLOUD_SESSIONTOKEN' },
] as const;

/** The keys of an environment, if it holds a whole pair under one naming. A token of the other naming is not theirs. */
export function keysFromEnvironment(environment: Environment): Credentials | undefined {
  for (const naming of NAMINGS) {
    const secretId = environment[naming.id];
    const secretKey = environment[naming.key];
    const sessionToken = environment[naming.token];
    if (secretId && secretKey) return { secretId, secretKey, ...(sessionToken ? { sessionToken } : {}) };
  }
  return undefined;
}

export const environmentSource = (credentials: Credentials): CredentialsSource => ({
  name: 'environment',
  fetch: () => Promise.resolve({ ...credentials, expiresAt: null }),
});
