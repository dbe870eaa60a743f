import { proxySettings, type Logger } from '@trtc-recorder/runtime';
import { createCredentialsProvider, keysFromEnvironment, type CredentialsProvider } from '@trtc-recorder/tencent';
import type { Config } from './config.ts';

/** The service's own keys, for requests that bring none: from whatever sources are configured. */
export function ownCredentials(config: Config, logger: Logger): CredentialsProvider {
  const keys = [
    'TENCENTCLOUD_SECRET_ID',
    'TENCENTCLOUD_SECRET_KEY',
    'TENCENTCLOUD_SESSION_TOKEN',
    'TENCENTCLOUD_SECRETID',
    'TENCENTCLOUD_SECRETKEY',
    'TENCENTCLOUD_SESSIONTOKEN',
  ] as const;
  const { TKE_PROVIDER_ID: providerId, TKE_WEB_IDENTITY_TOKEN_FILE: tokenFile, TKE_ROLE_ARN: roleArn } = config;
  const inTke = providerId !== '' && tokenFile !== '' && roleArn !== '';
  return createCredentialsProvider(
    {
      environment: keysFromEnvironment(Object.fromEntries(keys.map((key) => [key, config[key]]))),
      cvmRole: config.CVM_ROLE,
      tkeOidc: inTke ? { providerId, tokenFile, roleArn } : undefined,
      assumeRole:
        config.ASSUME_ROLE_ARN === ''
          ? undefined
          : { roleArn: config.ASSUME_ROLE_ARN, externalId: config.ASSUME_ROLE_EXTERNAL_ID || undefined },
    },
    { logger, region: config.TKE_REGION || undefined, proxy: proxySettings(config) },
  );
}
