import type { Logger, ProxySettings } from '@trtc-recorder/runtime';
import { createCloudApi } from '../cloud-api.ts';
import { chained } from './chain.ts';
import type { Credentials, CredentialsProvider } from './credentials.ts';
import { cvmRoleSource } from './cvm-role.ts';
import { environmentSource } from './environment.ts';
import { metadataFetch, type MetadataFetch } from './metadata-fetch.ts';
import { assumeRoleSource, STS_VERSION, tkeOidcSource, type AssumeRole, type TkeOidc } from './sts.ts';
import { RefreshingProvider, type CredentialsSource } from './temporary.ts';

/** Where the service's own keys come from; they are asked in this order. */
export interface CredentialsSources {
  /** Keys of the environment, see `keysFromEnvironment`. */
  readonly environment?: Credentials | undefined;
  /** Whether to ask the CVM metadata service. */
  readonly cvmRole?: boolean | undefined;
  readonly tkeOidc?: TkeOidc | undefined;
  /** A role to take with the keys found. */
  readonly assumeRole?: AssumeRole | undefined;
}

/** What the provider reaches the world through; the defaults are the real one. */
export interface CredentialsEffects {
  readonly logger: Logger;
  /** Region of the STS calls. */
  readonly region?: string | undefined;
  readonly fetch?: MetadataFetch | undefined;
  /** ms since the epoch. */
  readonly now?: (() => number) | undefined;
  readonly metadataUrl?: string | undefined;
  readonly sts?: { readonly endpoint: string; readonly protocol: 'http://' | 'https://' } | undefined;
  /** For the way to STS; left out: none. */
  readonly proxy?: ProxySettings | undefined;
  /** Time limits, ms: of the metadata service, which answers at once or isn't there, and of STS. */
  readonly metadataTimeoutMs?: number | undefined;
  readonly stsTimeoutMs?: number | undefined;
}

/**
 * The service's own keys: environment → CVM role → TKE OIDC, and with a role to assume, that role's. Fetched when they
 * are first wanted, by one fetch at a time; renewed five minutes early; a failure is not kept. A caller's keys never
 * come near it: they are `staticCredentials`.
 */
export function createCredentialsProvider(
  sources: CredentialsSources,
  { logger, now = Date.now, region = 'ap-guangzhou', ...effects }: CredentialsEffects,
): CredentialsProvider {
  const { environment, cvmRole = false, tkeOidc, assumeRole } = sources;
  const { metadataTimeoutMs = 2000, stsTimeoutMs = 10_000, proxy } = effects;
  const { fetch = metadataFetch(metadataTimeoutMs), metadataUrl = 'http://metadata.tencentyun.com' } = effects;
  const sts = createCloudApi({
    service: 'sts',
    version: STS_VERSION,
    region,
    timeoutMs: stsTimeoutMs,
    proxy,
    ...effects.sts,
  });
  const refreshing = (source: CredentialsSource) => new RefreshingProvider(source, { now, logger });
  const found = refreshing(
    chained([
      ...(environment === undefined ? [] : [environmentSource(environment)]),
      ...(cvmRole ? [cvmRoleSource({ fetch, metadataUrl, timeoutMs: metadataTimeoutMs })] : []),
      ...(tkeOidc === undefined ? [] : [tkeOidcSource(sts, tkeOidc)]),
    ]),
  );
  return assumeRole === undefined ? found : refreshing(chained([assumeRoleSource(sts, found, assumeRole)]));
}
