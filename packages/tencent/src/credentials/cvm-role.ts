import type { MetadataFetch } from './metadata-fetch.ts';
import { readTemporary } from './read-temporary.ts';
import type { CredentialsSource } from './temporary.ts';

export interface CvmRoleOptions {
  readonly fetch: MetadataFetch;
  /** Of the instance metadata service. */
  readonly metadataUrl: string;
  readonly timeoutMs: number;
}

const PATH = '/latest/meta-data/cam/security-credentials/';

/** The role bound to the instance: the metadata service names it, and gives keys for it. */
export const cvmRoleSource = ({ fetch, metadataUrl, timeoutMs }: CvmRoleOptions): CredentialsSource => ({
  name: 'CVM role',
  async fetch() {
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async (url: string): Promise<string> => {
      const response = await fetch(url, { signal, redirect: 'error' });
      if (!response.ok) throw new Error(`the metadata service answered ${response.status}; is a role bound?`);
      return response.text();
    };
    const role = (await ask(`${metadataUrl}${PATH}`)).trim();
    if (!/^[\w.@+=,-]+$/.test(role)) throw new Error('the metadata service named no role');
    const answer = JSON.parse(await ask(`${metadataUrl}${PATH}${role}`)) as Record<string, unknown>;
    if (answer.Code !== 'Success') throw new Error(`the metadata service answered ${String(answer.Code)} for ${role}`);
    return readTemporary(answer, answer.ExpiredTime);
  },
});
