/** Keys of Tencent Cloud. A session token belongs to exactly the pair it came with. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** Where requests get their keys from, asked anew for every request. */
export interface CredentialsProvider {
  /** Whether other keys may come later, so that a refusal of the present ones is not the last word. */
  readonly renewable: boolean;
  /** Error: CredentialsUnavailable. */
  get(): Promise<Credentials>;
  /** Told that Tencent finds these keys expired or unknown: the next `get` should not give them again. */
  refused?(credentials: Credentials): void;
}

/** Keys that somebody gave: a caller's own, with the session token that belongs to them if there is one. */
export const staticCredentials = (credentials: Credentials): CredentialsProvider => {
  // Copied field by field, so that nothing else which the caller's object holds travels on.
  const { secretId, secretKey, sessionToken } = credentials;
  const own: Credentials = { secretId, secretKey, ...(sessionToken ? { sessionToken } : {}) };
  return { renewable: false, get: () => Promise.resolve(own) };
};
