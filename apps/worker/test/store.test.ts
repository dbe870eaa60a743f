import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, silentLogger } from '@trtc-recorder/runtime';
import { startCos, type CloudKey, type Cos } from '@trtc-recorder/sandbox';
import { ConfigSchema } from '../src/config.ts';
import type { Job, Place } from '../src/ports.ts';
import { createStore } from '../src/store.ts';
import { fakeJob, plan } from './fakes.ts';

// Whose keys are used for which bucket, against a COS that knows all of them and notes whose came.
const known: CloudKey[] = [
  { secretId: 'AKIDown', secretKey: 'own-key' },
  { secretId: 'AKIDcaller', secretKey: 'caller-key', sessionToken: 'caller-token' },
  { secretId: 'AKIDbackup', secretKey: 'backup-key' },
];
const caller = { secretId: 'AKIDcaller', secretKey: 'caller-key', sessionToken: 'caller-token' };
const backup = { secretId: 'AKIDbackup', secretKey: 'backup-key' };
const bucket = (name: string) => ({ region: 'ap-shanghai', bucket: `${name}-123456789`, path: `/${name}` });

let dir: string;
let file: string;
let cos: Cos;
let seen: Set<string>;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'trtc-recorder-places-'));
  file = path.join(dir, 'file.mp4');
  await writeFile(file, 'media');
  cos = await startCos({
    host: '127.0.0.1',
    port: 0,
    dataDir: path.join(dir, 'cos'),
    credentials: (id) => {
      seen.add(id);
      return known.find(({ secretId }) => secretId === id);
    },
    logger: silentLogger(),
  });
});
afterAll(async () => {
  await cos.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  seen = new Set();
});

const configured = {
  COS_ENDPOINT: '',
  PAYLOAD_KEY: 'unused',
  CVM_ROLE: 'no',
  TENCENTCLOUD_SECRET_ID: 'AKIDown',
  TENCENTCLOUD_SECRET_KEY: 'own-key',
};
const storeWith = (env: Record<string, string> = {}) =>
  createStore(loadConfig(ConfigSchema, { ...configured, COS_ENDPOINT: cos.url, ...env }), silentLogger());
const operator = {
  BACKUP_COS_REGION: 'ap-guangzhou',
  BACKUP_COS_BUCKET: 'operator-123456789',
  BACKUP_COS_PATH: '/late',
};

/** A recording with these buckets and keys. */
const jobWith = (recording: Partial<Job['recording']>, secrets: Job['secrets']): Job => {
  const job = fakeJob();
  return { ...job, recording: { ...job.recording, ...recording }, secrets };
};
const uploadTo = (place: Place) => place.upload(file, place.key(plan('anna')), 'video/mp4');

describe('each bucket is used with its own keys alone', () => {
  const both = { cos: bucket('first'), backupCos: bucket('second') };
  const cases: [string, Job['secrets'], string, string][] = [
    ["the caller's for both", { cosCredentials: caller, backupCosCredentials: backup }, 'AKIDcaller', 'AKIDbackup'],
    ["the caller's for the first, ours for the backup", { cosCredentials: caller }, 'AKIDcaller', 'AKIDown'],
    ["ours for the first, the caller's for the backup", { backupCosCredentials: backup }, 'AKIDown', 'AKIDbackup'],
    ['ours for both', {}, 'AKIDown', 'AKIDown'],
  ];
  test.each(cases)('%s', async (_, secrets, first, second) => {
    const places = storeWith(operator).places(jobWith(both, secrets));
    expect((await uploadTo(places.first)).url).toMatch(/^https:\/\/first-123456789\.cos\.ap-shanghai\..*\/first\//);
    expect([...seen]).toEqual([first]);
    seen.clear();
    expect((await uploadTo(places.backup!)).url).toMatch(/^https:\/\/second-123456789\..*\/second\//);
    expect([...seen]).toEqual([second]);
  });

  test("the operator's backup is for requests without one, and ours alone", async () => {
    const places = storeWith(operator).places(jobWith({ cos: bucket('first') }, { cosCredentials: caller }));
    expect((await uploadTo(places.backup!)).url).toMatch(
      /^https:\/\/operator-123456789\.cos\.ap-guangzhou\..*\/late\//,
    );
    expect([...seen]).toEqual(['AKIDown']);
    expect(storeWith().places(jobWith({ cos: bucket('first') }, {})).backup).toBeNull();
  });

  test('keys that are replaced while the job runs are used from then on', async () => {
    const secrets = { cosCredentials: { secretId: 'AKIDold', secretKey: 'x' } };
    const { first } = storeWith().places(jobWith({ cos: bucket('live') }, secrets));
    await expect(uploadTo(first)).rejects.toMatchObject({ code: 'CosAccessDenied' });
    Object.assign(secrets, { cosCredentials: caller });
    await expect(uploadTo(first)).resolves.toMatchObject({ size: 5 });
  });
});

test('a backup that is only half configured is refused at the start', () => {
  expect(() => storeWith({ BACKUP_COS_BUCKET: 'operator-123456789' })).toThrow(
    /BACKUP_COS_REGION must be a COS region/,
  );
  expect(() => storeWith({ ...operator, BACKUP_COS_BUCKET: 'operator' })).toThrow(
    /BACKUP_COS_BUCKET must be name-appid/,
  );
});
