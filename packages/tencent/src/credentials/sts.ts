import { readFile } from 'node:fs/promises';
import type { CloudApi } from '../cloud-api.ts';
import type { CredentialsProvider } from './credentials.ts';
import { readTemporary } from './read-temporary.ts';
import type { CredentialsSource } from './temporary.ts';

/** The version of STS's API. */
export const STS_VERSION = '2018-08-13';

/** A role that a pod of TKE may take by the token the cluster mounts; the variables TKE_* name all of it. */
export interface TkeOidc {
  readonly providerId: string;
  /** Path; the cluster renews the file. */
  readonly tokenFile: string;
  readonly roleArn: string;
}

export interface AssumeRole {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
}

interface StsAnswer {
  readonly Credentials: unknown;
  readonly ExpiredTime: unknown;
}

/** Shows in the account's audit log. */
const SESSION_NAME = 'trtc-recorder';
const DURATION_SECONDS = 7200;

/** `AssumeRoleWithWebIdentity`, which is not signed: the token is the proof. */
export const tkeOidcSource = (sts: CloudApi, { providerId, tokenFile, roleArn }: TkeOidc): CredentialsSource => ({
  name: 'TKE OIDC',
  async fetch() {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const parameters = { ProviderId: providerId, WebIdentityToken: token, ...common(roleArn) };
    const answer = await sts<StsAnswer>('AssumeRoleWithWebIdentity', parameters, null);
    return readTemporary(answer.Credentials, answer.ExpiredTime);
  },
});

/** `AssumeRole`, signed with the keys of `base`. */
export const assumeRoleSource = (
  sts: CloudApi,
  base: CredentialsProvider,
  { roleArn, externalId }: AssumeRole,
): CredentialsSource => ({
  name: 'STS AssumeRole',
  async fetch() {
    const parameters = { ...common(roleArn), ...(externalId === undefined ? {} : { ExternalId: externalId }) };
    const answer = await sts<StsAnswer>('AssumeRole', parameters, await base.get());
    return readTemporary(answer.Credentials, answer.ExpiredTime);
  },
});

const common = (roleArn: string) => ({
  RoleArn: roleArn,
  RoleSessionName: SESSION_NAME,
  DurationSeconds: DURATION_SECONDS,
});
