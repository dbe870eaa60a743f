import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import type { TestRedis } from './redis.ts';
import { until } from './until.ts';

/** One way in which a Redis that is there refuses for a while. */
export interface Refusal {
  readonly name: string;
  /** What Redis answers meanwhile begins with; left out: it answers the product nothing. */
  readonly reply?: string;
  /** Settings that Redis has to be started with. */
  readonly settings?: Readonly<Record<string, string>>;
  begin(redis: TestRedis): Promise<unknown>;
  end(redis: TestRedis): Promise<unknown>;
}

const USER = 'recorder';
const PASSWORD = 'right';

/** Gives the product a user of its own, and its address; the test's client keeps all rights. */
export async function productUrl({ url, client }: TestRedis): Promise<string> {
  await client.acl('SETUSER', USER, 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  return url.replace('redis://', `redis://${USER}:${PASSWORD}@`);
}

/** A single node that has every slot. */
export async function formCluster({ client }: TestRedis): Promise<void> {
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until('the cluster is formed', async () => (await client.cluster('INFO')).includes('cluster_state:ok'));
}

const rules = (name: string, reply: string, taken: string[], given: string[]): Refusal => ({
  name,
  reply,
  begin: ({ client }) => client.acl('SETUSER', USER, ...taken),
  end: ({ client }) => client.acl('SETUSER', USER, ...given),
});

const setting = (name: string, reply: string, key: string, refusing: string, usual: string): Refusal => ({
  name,
  reply,
  begin: ({ client }) => client.config('SET', key, refusing),
  end: ({ client }) => client.config('SET', key, usual),
});

const killConnections = ({ client }: TestRedis) => client.call('CLIENT', 'KILL', 'USER', USER);
const dumpOf = async ({ client }: TestRedis) => {
  const [, dir = ''] = await client.config('GET', 'dir');
  return path.join(dir, 'dump.rdb');
};
const lastSave = async ({ client }: TestRedis, status: string) => {
  await client.bgsave();
  await until(`the snapshot is ${status}`, async () =>
    (await client.info('persistence')).includes(`rdb_last_bgsave_status:${status}`),
  );
};

export const refusals: readonly Refusal[] = [
  {
    name: 'the password was changed',
    reply: 'WRONGPASS',
    begin: async (redis) => {
      await redis.client.acl('SETUSER', USER, 'resetpass', '>another');
      await killConnections(redis);
    },
    end: ({ client }) => client.acl('SETUSER', USER, 'resetpass', `>${PASSWORD}`),
  },
  {
    name: 'there are too many clients',
    begin: async (redis) => {
      await redis.client.config('SET', 'maxclients', '1');
      await killConnections(redis);
    },
    end: ({ client }) => client.config('SET', 'maxclients', '1000'),
  },
  rules('every command is forbidden', 'NOPERM', ['-@all'], ['+@all']),
  rules('writes are forbidden, inside scripts too', 'ERR The user executing', ['-@write'], ['+@all']),
  rules('scripts are forbidden', 'NOPERM', ['-@scripting'], ['+@all']),
  rules('the keys are forbidden', 'NOPERM', ['resetkeys', '~others:*'], ['~*']),
  setting('its memory is full', 'OOM', 'maxmemory', '1', '0'),
  setting('it lacks its replicas', 'NOREPLICAS', 'min-replicas-to-write', '1', '0'),
  {
    name: 'its disk fails',
    reply: 'MISCONF',
    begin: async (redis) => {
      await redis.client.config('SET', 'save', '3600 1');
      await mkdir(await dumpOf(redis));
      await lastSave(redis, 'err');
    },
    end: async (redis) => {
      await rmdir(await dumpOf(redis));
      await lastSave(redis, 'ok');
    },
  },
  {
    name: 'it is a replica',
    reply: 'READONLY',
    begin: ({ client }) => client.replicaof('127.0.0.1', '1'),
    end: ({ client }) => client.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'it is a replica without its primary',
    reply: 'MASTERDOWN',
    begin: async ({ client }) => {
      await client.config('SET', 'replica-serve-stale-data', 'no');
      await client.replicaof('127.0.0.1', '1');
    },
    end: ({ client }) => client.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'it is busy with a script',
    reply: 'BUSY',
    begin: async ({ client, url }) => {
      await client.config('SET', 'busy-reply-threshold', '50');
      const other = new Redis(url, { retryStrategy: () => null });
      other.on('error', () => undefined);
      other
        .eval('while true do end', 0)
        .catch(() => undefined)
        .finally(() => other.disconnect());
      await until('it is busy', () =>
        client.ping().then(
          () => false,
          () => true,
        ),
      );
    },
    end: ({ client }) => client.script('KILL'),
  },
  {
    name: 'its cluster lacks the slot',
    reply: 'CLUSTERDOWN',
    settings: { 'cluster-enabled': 'yes' },
    begin: ({ client }) => client.call('CLUSTER', 'DELSLOTSRANGE', '0', '16383'),
    end: formCluster,
  },
  {
    name: 'its writes are paused',
    begin: ({ client }) => client.call('CLIENT', 'PAUSE', '3600000', 'WRITE'),
    end: ({ client }) => client.call('CLIENT', 'UNPAUSE'),
  },
];
