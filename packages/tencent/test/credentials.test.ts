import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import {
  createCredentialsProvider,
  keysFromEnvironment,
  staticCredentials,
  type Credentials,
  type CredentialsEffects,
  type CredentialsSources,
} from '@trtc-recorder/tencent';
import { startFakeServer, type FakeServer } from './helpers/fake-server.ts';

const START = Date.UTC(2026, 10, 24, 12, 0, 0);
const MINUTE = 60_000;
const own: Credentials = { secretId: 'AKIDown', secretKey: 'own-key' };

let metadata: FakeServer;
let sts: FakeServer;
let now: number;
/** Counts the keys given, so that a renewal shows. */
let given: number;

const keys = (from: string) => ({
  TmpSecretId: `${from}-${(given += 1)}`,
  TmpSecretKey: `${from}-key`,
  Token: `${from}-token`,
});
const expiry = () => Math.floor(now / 1000) + 2 * 3600;
const metadataAnswer: FakeServer['answer'] = ({ url }) =>
  url.endsWith('/')
    ? { body: 'a-role\n' }
    : { body: JSON.stringify({ Code: 'Success', ExpiredTime: expiry(), ...keys('cvm') }) };
const stsAnswer: FakeServer['answer'] = ({ headers }) => ({
  body: JSON.stringify({
    Response: { Credentials: keys(String(headers['x-tc-action'])), ExpiredTime: expiry(), RequestId: 'r' },
  }),
});

beforeEach(async () => {
  now = START;
  given = 0;
  metadata = await startFakeServer(metadataAnswer);
  sts = await startFakeServer(stsAnswer);
});
afterEach(async () => {
  await metadata.close();
  await sts.close();
});

const provider = (sources: CredentialsSources, effects: Partial<CredentialsEffects> = {}) =>
  createCredentialsProvider(sources, {
    logger: silentLogger(),
    now: () => now,
    metadataUrl: `http://${metadata.host}`,
    sts: { endpoint: sts.host, protocol: 'http://' },
    metadataTimeoutMs: 10_000,
    stsTimeoutMs: 10_000,
    ...effects,
  });

async function withTokenFile(work: (tokenFile: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-oidc-'));
  const tokenFile = path.join(dir, 'token');
  await writeFile(tokenFile, 'the-token\n');
  await work(tokenFile).finally(() => rm(dir, { recursive: true }));
}

describe('keysFromEnvironment', () => {
  test.each([
    ['nothing', {}, undefined],
    ['an id alone', { TENCENTCLOUD_SECRET_ID: 'a' }, undefined],
    ['a pair', { TENCENTCLOUD_SECRET_ID: 'a', TENCENTCLOUD_SECRET_KEY: 'b' }, { secretId: 'a', secretKey: 'b' }],
    [
      'a cloud function',
      { TENCENTCLOUD_SECRETID: 'a', TENCENTCLOUD_SECRETKEY: 'b', TENCENTCLOUD_SESSIONTOKEN: 'c' },
      { secretId: 'a', secretKey: 'b', sessionToken: 'c' },
    ],
    [
      'a pair beside the token of a function: not theirs',
      { TENCENTCLOUD_SECRET_ID: 'a', TENCENTCLOUD_SECRET_KEY: 'b', TENCENTCLOUD_SESSIONTOKEN: 'c' },
      { secretId: 'a', secretKey: 'b' },
    ],
    [
      'an empty token',
      { TENCENTCLOUD_SECRET_ID: 'a', TENCENTCLOUD_SECRET_KEY: 'b', TENCENTCLOUD_SESSION_TOKEN: '' },
      { secretId: 'a', secretKey: 'b' },
    ],
  ])('%s', (_, environment, expected) => {
    expect(keysFromEnvironment(environment)).toEqual(expected);
  });
});

describe('staticCredentials', () => {
  test("are the caller's own and nothing besides", async () => {
    const given = { ...own, bucket: 'x' };
    const credentials = staticCredentials(given);
    expect(await credentials.get()).toEqual(own);
    expect(credentials.renewable).toBe(false);
  });
});

describe('the chain', () => {
  test('takes the environment first and asks nobody else', async () => {
    expect(await provider({ environment: own, cvmRole: true }).get()).toMatchObject(own);
    expect(metadata.seen).toEqual([]);
  });

  test('asks the metadata service for the role and its keys', async () => {
    expect(await provider({ cvmRole: true }).get()).toMatchObject({
      secretId: 'cvm-1',
      secretKey: 'cvm-key',
      sessionToken: 'cvm-token',
    });
    expect(metadata.seen.map(({ url }) => url)).toEqual([
      '/latest/meta-data/cam/security-credentials/',
      '/latest/meta-data/cam/security-credentials/a-role',
    ]);
  });

  test('goes on to OIDC where no role is bound, without a signature', async () => {
    metadata.answer = () => ({ status: 404, body: '' });
    await withTokenFile(async (tokenFile) => {
      const tkeOidc = { providerId: 'tke', tokenFile, roleArn: 'qcs::cam::uin/1:roleName/r' };
      expect(await provider({ cvmRole: true, tkeOidc }).get()).toMatchObject({
        secretId: 'AssumeRoleWithWebIdentity-1',
      });
      expect(sts.seen[0]?.headers.authorization).toBe('SKIP');
      expect(JSON.parse(sts.seen[0]?.body ?? '')).toMatchObject({ ProviderId: 'tke', WebIdentityToken: 'the-token' });
    });
  });

  test('takes a role with the keys found', async () => {
    const assumeRole = { roleArn: 'qcs::cam::uin/1:roleName/r', externalId: 'e' };
    expect(await provider({ environment: own, assumeRole }).get()).toMatchObject({ secretId: 'AssumeRole-1' });
    expect(sts.seen[0]?.headers.authorization).toContain('Credential=AKIDown/');
    expect(JSON.parse(sts.seen[0]?.body ?? '')).toMatchObject({ RoleArn: assumeRole.roleArn, ExternalId: 'e' });
  });

  test('stays with the source that gave keys', async () => {
    metadata.answer = () => ({ status: 404, body: '' });
    await withTokenFile(async (tokenFile) => {
      const credentials = provider({ cvmRole: true, tkeOidc: { providerId: 'tke', tokenFile, roleArn: 'r' } });
      await credentials.get();
      metadata.answer = metadataAnswer;
      now += 3 * 60 * MINUTE;
      expect(await credentials.get()).toMatchObject({ secretId: 'AssumeRoleWithWebIdentity-2' });
    });
  });

  test.each([
    ['nothing is configured', {}, /no source is configured/],
    ['the metadata service says nothing', { cvmRole: true }, /CVM role: .*timeout/i],
    ['STS says nothing', { environment: own, assumeRole: { roleArn: 'r' } }, /STS AssumeRole: .*timeout/],
    [
      'the token file is missing',
      { tkeOidc: { providerId: 'p', tokenFile: '/no', roleArn: 'r' } },
      /TKE OIDC: .*ENOENT/,
    ],
  ] as const)('%s: CredentialsUnavailable, soon, and by name', async (_, sources, message) => {
    metadata.answer = () => undefined;
    sts.answer = () => undefined;
    const begun = performance.now();
    const impatient = { metadataTimeoutMs: 200, stsTimeoutMs: 200 };
    await expect(provider(sources, impatient).get()).rejects.toMatchObject({
      code: 'CredentialsUnavailable',
      retryable: true,
      message: expect.stringMatching(message),
    });
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  test.each([
    [
      'an error',
      '{"Response":{"Error":{"Code":"InvalidParameter.RoleArnError","Message":"no such role"},"RequestId":"r"}}',
    ],
    ['no JSON', '<html>'],
    ['no keys', '{"Response":{"RequestId":"r"}}'],
    [
      'keys that have expired',
      JSON.stringify({
        Response: { Credentials: { TmpSecretId: 'a', TmpSecretKey: 'b', Token: 'c' }, ExpiredTime: 1 },
      }),
    ],
  ])('STS answers %s: CredentialsUnavailable', async (_, body) => {
    sts.answer = () => ({ body });
    const credentials = provider({ environment: own, assumeRole: { roleArn: 'r' } });
    await expect(credentials.get()).rejects.toMatchObject({ code: 'CredentialsUnavailable' });
  });
});

describe('keys that expire', () => {
  test('are fetched once, however many ask', async () => {
    const credentials = provider({ cvmRole: true });
    const all = await Promise.all(Array.from({ length: 20 }, () => credentials.get()));
    expect(new Set(all.map(({ secretId }) => secretId))).toEqual(new Set(['cvm-1']));
    expect(metadata.seen).toHaveLength(2);
  });

  test('a failure is told to those who wait, and the next one fetches again', async () => {
    metadata.answer = () => ({ status: 500, body: '' });
    const credentials = provider({ cvmRole: true });
    const both = await Promise.allSettled([credentials.get(), credentials.get()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(metadata.seen).toHaveLength(1);
    metadata.answer = metadataAnswer;
    expect(await credentials.get()).toMatchObject({ secretId: 'cvm-1' });
  });

  test('are renewed five minutes early, while the old ones serve', async () => {
    const credentials = provider({ cvmRole: true });
    await credentials.get();
    now += 114 * MINUTE;
    expect(await credentials.get()).toMatchObject({ secretId: 'cvm-1' });
    expect(metadata.seen).toHaveLength(2);
    now += 2 * MINUTE;
    expect(await credentials.get()).toMatchObject({ secretId: 'cvm-1' });
    await until(() => given === 2);
    await until(async () => (await credentials.get()).secretId === 'cvm-2');
  });

  test('serve on when they cannot be renewed, until they end', async () => {
    const credentials = provider({ cvmRole: true });
    await credentials.get();
    metadata.answer = () => ({ status: 500, body: '' });
    now += 116 * MINUTE;
    for (let count = 0; count < 5; count += 1) expect(await credentials.get()).toMatchObject({ secretId: 'cvm-1' });
    await until(() => metadata.seen.length === 3);
    now += 4 * MINUTE;
    await expect(credentials.get()).rejects.toMatchObject({ code: 'CredentialsUnavailable' });
  });
});

async function until(condition: () => boolean | Promise<boolean>, limitMs = 5000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
