import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Interruption, type RecordingState } from '@trtc-recorder/queue';
import { openSpool, type JournalEntry, type Take } from '@trtc-recorder/media';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import type { RoomEvent } from '@trtc-recorder/contracts';
import type { RoomListener, Rooms } from '../src/ports.ts';
import { record } from '../src/record.ts';
import { crashed, fakeJob, fakePorts, kicked, messages, offline, plan, produced, refuse } from './fakes.ts';

const logger = silentLogger();
const atTheEnd = [
  'timeline of 1',
  'upload trtc/timeline.json',
  'abort uploads in trtc',
  'copies removed',
  'spool removed',
];

describe('the flow of a recording', () => {
  test('joins, captures, converts, uploads and clears the spool', async () => {
    const job = fakeJob();
    const ports = fakePorts({ plans: [plan('anna'), plan('bob')] });
    const result = await record(job, ports, logger);
    expect(result).toMatchObject({
      SdkAppId: '1400000000',
      RoomId: '43474',
      StrRoomId: '',
      UserId: 'recorder',
      RequestId: 'r1',
      Reason: 'banned',
      Files: [
        { UserId: 'anna', RecordFile: 'https://cos/trtc/anna.mp4', Status: 1, Message: 'record success' },
        { UserId: 'bob', RecordFile: 'https://cos/trtc/bob.mp4', Status: 1, Message: 'record success' },
      ],
      Timeline: { Url: 'https://cos/trtc/timeline.json', Status: 1, Message: 'record success' },
    });
    expect(ports.done.slice(0, 3)).toEqual(['join', 'leave', 'take 1 closed: banned']);
    expect(ports.done.slice(-5)).toEqual(atTheEnd.with(0, 'timeline of 2'));
    expect(job.state).toMatchObject({ step: 'upload', reason: 'banned', takes: 1 });
  });

  test('nobody published: no files, and a success', async () => {
    const result = await record(fakeJob(), fakePorts({ plans: [] }), logger);
    expect(result).toMatchObject({ Files: [], Reason: 'banned', Message: expect.stringMatching(/^record success/) });
    expect(result).not.toHaveProperty('Timeline');
  });

  test('a stream that was published and never came is told, and nothing of it is kept', async () => {
    const times = { startMs: 0, endMs: 20_000 };
    const silent = { userId: 'mute;\n', stream: 'main', kinds: ['audio', 'video'], ...times } as const;
    const job = fakeJob();
    const ports = fakePorts({ neverArrived: [silent] });
    const result = await record(job, ports, logger);
    expect(messages(result)).toEqual([
      'record success',
      'record fail: audio and video was published, but nothing of it could be recorded',
    ]);
    expect(job.lines).toContain('capture: "mute;\\n" published main audio and video: nothing of it arrived');
    expect(ports.done.at(-1)).toBe('spool removed');
  });

  test('a dead page begins a new take in the same recording', async () => {
    const ports = fakePorts({ joins: [() => [crashed], () => [kicked]] });
    const result = await record(fakeJob(), ports, logger);
    expect(ports.done.slice(0, 6)).toEqual([
      'join',
      'leave',
      'take 1 closed: the page died',
      'join',
      'leave',
      'take 2 closed: banned',
    ]);
    expect(result.Reason).toBe('banned');
  });

  test('what a try to join was lost by says nothing of the next, which is good', async () => {
    const gaveUp = { type: 'error', at: 1, code: 5, message: 'gone' } as const;
    const refused = (listener: RoomListener): RoomEvent[] => {
      listener.onEvent(gaveUp);
      throw new AppError('JoinFailed', 'the room could not be joined');
    };
    const ports = fakePorts({ joins: [refused, () => [kicked]] });
    const result = await record(fakeJob(), ports, logger);
    expect(ports.done.slice(0, 4)).toEqual(['join', 'join', 'leave', 'take 1 closed: banned']);
    expect(result.Reason).toBe('banned');
  });

  test('a key frame that the spool needs is asked for in the room', async () => {
    const ports = fakePorts({ joins: [() => [kicked]] });
    let need: ((tap: number) => void) | undefined;
    const spools = {
      open: async () => {
        const spool = await ports.spools.open('r1');
        const startTake: typeof spool.startTake = async (options) => {
          need = options.onKeyFrameNeeded;
          need?.(7);
          const take = await spool.startTake(options);
          return { ...take, event: () => need?.(3) };
        };
        return { ...spool, startTake };
      },
    };
    await record(fakeJob(), { ...ports, spools }, logger);
    expect(ports.done.filter((line) => line.startsWith('key frame'))).toEqual(['key frame of 3']);
  });

  test('a room that is lost again and again ends the recording with what it has', async () => {
    const result = await record(fakeJob(), fakePorts({ joins: [() => [crashed]] }), logger);
    expect(result).toMatchObject({
      Reason: 'failed',
      Message: expect.stringMatching(/^record fail: lost the room 5 times/),
    });
    expect(messages(result)).toEqual(['record success']);
  });

  test('a refused join is not tried again and fails the job', async () => {
    const ports = fakePorts({ joins: [refuse] });
    await expect(record(fakeJob(), ports, logger)).rejects.toMatchObject({ code: 'JoinRefused' });
    expect(ports.done).toEqual(['join', 'take 1 closed: failed']);
  });

  test('a join refused after a loss delivers what was recorded before', async () => {
    const result = await record(fakeJob(), fakePorts({ joins: [() => [crashed], refuse] }), logger);
    expect(result).toMatchObject({
      Reason: 'failed',
      Message: 'record fail: could not join again: UserSig expired (70001)',
    });
    expect(messages(result)).toEqual(['record success']);
  });

  test('Redis away: a room that is lost is joined again without a wait for it, and again when that fails', async () => {
    const job = fakeJob();
    const ports = fakePorts({ joins: [() => [crashed], offline, () => [kicked]] });
    const log = job.log.bind(job);
    let comeBack = (): void => undefined;
    const back = new Promise<void>((resolve) => {
      comeBack = resolve;
    });
    let lines = 0;
    job.log = async (line) => {
      if ((lines += 1) > 1) await back;
      await log(line);
    };
    const recorded = record(job, ports, logger);
    while (ports.done.at(-1) !== 'take 2 closed: banned') await new Promise((resolve) => setTimeout(resolve, 10));
    comeBack();
    expect((await recorded).Reason).toBe('banned');
    expect(ports.done.slice(0, 7)).toEqual([
      'join',
      'leave',
      'take 1 closed: the page died',
      'join',
      'join',
      'leave',
      'take 2 closed: banned',
    ]);
  });

  test('a worker that hung while another was given the recording begins no take and joins no room', async () => {
    const job = fakeJob();
    const ports = fakePorts({ joins: [() => [crashed]] });
    const save = job.save.bind(job);
    job.save = (patch) => {
      // Asked for the second time, before the next take.
      if (Object.keys(patch).length === 0) job.abort(new Interruption('lost'));
      return job.signal.aborted ? Promise.reject(job.signal.reason as Error) : save(patch);
    };
    await expect(record(job, ports, logger)).rejects.toMatchObject({ kind: 'lost' });
    expect(ports.done).toEqual(['join', 'leave', 'take 1 closed: the page died']);
  });

  describe('two workers in one spool', () => {
    const hear = (take: Take, from: number) => {
      for (let index = from; index < from + 50; index += 1)
        take.frame({
          ...({ userId: 'anna', stream: 'main', kind: 'audio', codec: 'opus', key: true, tap: 1, ssrc: 1 } as const),
          ...{ rtpTimestamp: index * 960, sequenceNumber: index, receivedAt: Date.now() + index * 20 },
          data: Buffer.alloc(80, 15 << 3),
        });
    };
    /** A worker's page dies after another worker has begun a take in the spool, `rightful` or not. */
    const overtaken = async (rightful: boolean) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'record-'));
      const job = fakeJob();
      const save = job.save.bind(job);
      const faults: string[] = [];
      const other = await openSpool({ dir, logger });
      let take: Take | undefined;
      const fakes = fakePorts({ joins: [() => [], () => [kicked]] });
      const { join } = fakes.rooms;
      const rooms: Rooms = {
        join: async (params, listener, signal) => {
          if (take !== undefined) return join(params, listener, signal);
          await other.claim();
          take = await other.startTake({ worker: 'w2', mode: '02', onFault: ({ code }) => faults.push(code) });
          hear(take, 0);
          if (rightful)
            job.save = (patch) => {
              job.abort(new Interruption('lost'));
              return Object.keys(patch).length > 0 ? save(patch) : Promise.reject(job.signal.reason as Error);
            };
          setImmediate(() => listener.onEvent(crashed));
          return join(params, listener, signal);
        },
      };
      const spools = { open: () => openSpool({ dir, logger }) };
      const ports = { ...fakes, rooms, spools, settings: { ...fakes.settings, keepSpool: true } };
      const ended = await record(job, ports, logger).then(
        ({ Reason }) => Reason as string,
        (error: unknown) => (error instanceof Interruption ? error.kind : error),
      );
      hear(take!, 50);
      await take!.close('stopped');
      const takes = (await other.journal()).flatMap((entry) => (entry.type === 'take' ? [entry.worker] : []));
      await rm(dir, { recursive: true });
      return { ended, faults, takes, lines: job.lines };
    };

    test('the one that lost it touches nothing', async () => {
      expect(await overtaken(true)).toMatchObject({ ended: 'lost', faults: [], takes: ['w1', 'w2'] });
    });

    test('the one to which the queue gives right goes on in a take of its own', async () => {
      const { ended, takes, lines } = await overtaken(false);
      expect([ended, takes]).toEqual(['banned', ['w1', 'w2', 'w1']]);
      expect(lines).toContainEqual(expect.stringContaining('another worker took the spool over'));
    });
  });

  test('a stop through the API ends it', async () => {
    const job = fakeJob();
    const join = () => {
      Object.assign(job, { stopRequested: true });
      return [];
    };
    const ports = fakePorts({ joins: [join] });
    expect((await record(job, ports, logger)).Reason).toBe('stopped');
    expect(ports.done).toContain('join');
  });

  test('stopped on its way to another worker: nobody joins for that, and what was captured is delivered', async () => {
    const job = Object.assign(fakeJob({ spools: ['00000000000000aa'] }), { stopRequested: true });
    const ports = fakePorts();
    const result = await record(job, ports, logger);
    expect([result.Reason, messages(result), ports.done.includes('join')]).toEqual([
      'stopped',
      ['record success'],
      false,
    ]);
  });

  test('a clock that is set ends no recording', async () => {
    const job = fakeJob();
    let set = 0;
    const ports = fakePorts({
      now: () => Date.now() + set,
      steady: () => performance.now(),
      joins: [
        () => {
          setTimeout(() => {
            set = 2 * 86_400_000;
          }, 20);
          setTimeout(() => Object.assign(job, { stopRequested: true }), 1_500);
          return [];
        },
      ],
    });
    expect((await record(job, ports, logger)).Reason).toBe('stopped');
  });

  test('a hand-over leaves the room, closes the take and keeps the spool', async () => {
    const job = fakeJob();
    const handover = new Error('draining');
    const ports = fakePorts({
      joins: [
        () => {
          setTimeout(() => job.abort(handover), 20);
          return [];
        },
      ],
    });
    await expect(record(job, ports, logger)).rejects.toBe(handover);
    expect(ports.done).toEqual(['join', 'leave', 'take 1 closed: handed back']);
    expect(job.state.step).toBe('capture');
  });

  test('a file that cannot be made does not take the others with it, and its segments stay', async () => {
    const ports = fakePorts({
      plans: [plan('anna'), plan('bob')],
      produce: (p) => {
        if (p.userId === 'anna') throw new AppError('FileRejected', 'no video stream');
        return produced(p);
      },
    });
    const result = await record(fakeJob(), ports, logger);
    expect(messages(result)).toEqual(['convert fail: no video stream', 'record success']);
    expect(result.Files[0]).toMatchObject({ Status: 0, RecordFile: '' });
    expect(ports.done).not.toContain('spool removed');
    expect(ports.done).not.toContain('copies removed');
  });

  describe('of what another disk has captured', () => {
    const take: JournalEntry = { type: 'take', at: 0, take: 1, worker: 'w1', mode: '02' };
    const restored = { type: 'restored', at: 0, spool: '0123456789abcdef' } as const;
    const until = Date.UTC(2026, 10, 25);
    test.each<[string, JournalEntry[], string?]>([
      ['nothing is in the files', [], 'may have been captured'],
      ['nothing after 2026-11-25T00:00:00.000Z is in the files', [{ ...restored, until }]],
      ['a part is missing', [{ ...restored, until: 0 }]],
      ['', [restored]],
    ])('"%s": told in the log and with every file', async (what, entries, captured = 'was captured') => {
      const none = () => undefined;
      const ports = fakePorts({
        journal: [...entries, take],
        plans: [plan('anna'), plan('bob')],
        upload: (key) => {
          if (key === 'trtc/bob.mp4') throw new AppError('CosBucketNotFound', 'no such bucket');
        },
        backup: none,
      });
      const job = fakeJob({ spools: ['0123456789abcdef'] });
      const result = await record(job, ports, logger);
      const part = `of what ${captured} on another disk (spool 0123456789abcdef), ${what}`;
      const told = what === '' ? [] : [part];
      expect(job.lines.filter((line) => line.startsWith('restore:'))).toEqual(told.map((line) => `restore: ${line}`));
      expect(messages(result)).toEqual([
        ['record success', ...told].join(': '),
        ['record success: in the backup bucket, instead of trtc: no such bucket', ...told].join('; '),
      ]);
      expect(result.Message).toBe(['record success: the recorder was removed from the room', ...told].join('; '));
    });
  });

  test('the spool is copied while it is captured; other disks have their part before files are planned', async () => {
    const ports = fakePorts();
    const say = (what: string) => {
      ports.done.push(what);
      return Promise.resolve();
    };
    const job = fakeJob({ spools: ['0123456789abcdef'] });
    const copiesIn = { region: 'ap-shanghai', bucket: 'test-123456789', path: '/trtc', ownKeys: false };
    const copies = {
      place: () => copiesIn,
      begin: () => {
        void say('copying begins');
        return () => say(`copying ends, the job is at ${job.state.step} for ${job.state.reason}`);
      },
      restore: () => say('others restored'),
      remove: () => say('copies removed'),
    };
    await record(job, { ...ports, copies }, logger);
    expect(ports.done.slice(0, 6)).toEqual([
      'copying begins',
      'join',
      'leave',
      'take 1 closed: banned',
      // A worker that dies while it waits here must not send the next one into the room again.
      'copying ends, the job is at transcode for banned',
      'others restored',
    ]);
    const spools = ['0123456789abcdef', '00000000000000aa'];
    expect(job.state).toMatchObject({ spools, takesIn: { '00000000000000aa': 1 }, copiesIn });
  });

  test('what the files are made of is kept, for whoever finds a spool that is not among it', async () => {
    const job = fakeJob();
    const restored: JournalEntry[] = [
      { type: 'restored', at: 0, spool: 'fedcba9876543210' },
      { type: 'restored', at: 0, spool: '0123456789abcdef', until: 5 },
      { type: 'take', at: 0, take: 1, worker: 'w1', mode: '02' },
    ];
    await record(job, fakePorts({ journal: restored }), logger);
    expect(job.state.takenIn).toEqual([
      { spool: '00000000000000aa' },
      { spool: 'fedcba9876543210', until: undefined },
      { spool: '0123456789abcdef', until: 5 },
    ]);
  });

  test('an upload that is refused names the cause and keeps the spool', async () => {
    const ports = fakePorts({
      upload: () => {
        throw new AppError('CosBucketNotFound', 'no bucket test-123456789 in ap-shanghai');
      },
    });
    const result = await record(fakeJob(), ports, logger);
    expect(messages(result)).toEqual(['upload fail: no bucket test-123456789 in ap-shanghai']);
    expect(ports.done.at(-1)).toBe('abort uploads in trtc');
    expect(ports.done).not.toContain('spool removed');
  });

  test('a timeline that cannot be delivered takes nothing from the recording', async () => {
    const ports = fakePorts({
      upload: (key) => {
        if (key.endsWith('timeline.json')) throw new AppError('CosAccessDenied', 'no permission to put timeline.json');
      },
    });
    const result = await record(fakeJob(), ports, logger);
    expect(messages(result)).toEqual(['record success']);
    expect(result).toMatchObject({
      Reason: 'banned',
      Message: expect.stringMatching(/^record success/),
      Timeline: { Url: '', Status: 0, Message: 'upload fail: no permission to put timeline.json' },
    });
    expect(ports.done.at(-1)).toBe('spool removed');
  });

  test.each([
    ['terminated', ['abort uploads in trtc']],
    ['drain', []],
  ] as const)('an upload interrupted by %s: only a terminated one gives its parts up', async (kind, done) => {
    const job = fakeJob();
    const interruption = new Interruption(kind);
    const ports = fakePorts({
      upload: () => {
        job.abort(interruption);
        throw interruption;
      },
    });
    await expect(record(job, ports, logger)).rejects.toBe(interruption);
    expect(ports.done.filter((line) => line.startsWith('abort'))).toEqual(done);
    expect(ports.done).not.toContain('spool removed');
  });

  test('another worker goes on at transcode without joining', async () => {
    const ports = fakePorts();
    const result = await record(fakeJob({ step: 'transcode', reason: 'kick', startedAt: 5 }), ports, logger);
    expect(ports.done).toEqual(['produce anna', 'upload trtc/anna.mp4', ...atTheEnd]);
    expect(result.Reason).toBe('kick');
  });

  test('a worker that died while it removed the spool costs nothing: the next one removes it and gives the result', async () => {
    const job = fakeJob();
    const first = await record(job, fakePorts(), logger);
    expect(job.state.delivered).toBe(true);
    const ports = fakePorts({ journal: [], plans: [] });
    expect(await record(fakeJob(job.state), ports, logger)).toEqual(first);
    expect(ports.done).toEqual(['copies removed', 'spool removed']);
  });

  test.each([
    ['the last file', { step: 'upload', files: [], delivered: undefined }],
    ['the end of the capture', { step: 'capture', files: [], delivered: undefined, reason: undefined }],
  ] as const)('a Redis that forgot %s after the spool was removed: the receipt gives the result', async (_, lost) => {
    const receipts = new Map<string, RecordingState>();
    const job = fakeJob();
    const first = await record(job, fakePorts({ receipts }), logger);
    const ports = fakePorts({ receipts, journal: [], plans: [] });
    const again = fakeJob({ ...job.state, ...lost, files: [...lost.files] });
    expect(await record(again, ports, logger)).toEqual(first);
    expect(ports.done).toEqual(['copies removed', 'spool removed']);
  });

  test('another worker uploads only what is not delivered yet', async () => {
    const first = await record(fakeJob(), fakePorts(), logger);
    const ports = fakePorts({ plans: [plan('anna'), plan('bob')] });
    const result = await record(fakeJob({ step: 'upload', files: first.Files }), ports, logger);
    expect(ports.done).toEqual(['produce bob', 'upload trtc/bob.mp4', ...atTheEnd.with(0, 'timeline of 2')]);
    expect(result.Files.map((file) => file.UserId)).toEqual(['anna', 'bob']);
  });
});
