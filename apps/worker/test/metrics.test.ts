import { expect, test } from '@jest/globals';
import { AppError, silentLogger } from '@trtc-recorder/runtime';
import { createWorkerMetrics } from '../src/metrics/catalogue.ts';
import { countedRun, measured } from '../src/metrics/measured.ts';
import { record } from '../src/record.ts';
import { crashed, fakeJob, fakePorts, kicked, plan, produced, type World } from './fakes.ts';

/** The lines of a scrape after one recording in a made-up world. */
const scrapeAfter = async (world: Partial<World>): Promise<string[]> => {
  const metrics = createWorkerMetrics(silentLogger());
  const ports = measured(fakePorts(world), metrics);
  await countedRun(() => record(fakeJob(), ports, silentLogger()), metrics.instruments).catch(() => undefined);
  return (await metrics.text()).split('\n');
};

const cases: readonly { name: string; world: Partial<World>; lines: readonly string[] }[] = [
  {
    name: 'one that goes well after its page died',
    world: {
      joins: [() => [crashed], () => [kicked]],
      plans: [{ ...plan('anna'), gaps: [{ kind: 'video', cause: 'muted', startMs: 1_000, endMs: 3_000 }] }],
      produce: (p) => ({
        ...produced(p),
        quality: { ...produced(p).quality, LostMs: 1_500 },
        undecodable: [{ kind: 'audio', startMs: 5_000, endMs: 5_500 }],
      }),
    },
    lines: [
      'trtc_recorder_takes_total 2',
      'trtc_recorder_captured_frames_total 2',
      'trtc_recorder_captured_bytes_total 20',
      'trtc_recorder_step_seconds_count{step="join"} 2',
      'trtc_recorder_step_seconds_count{step="capture"} 2',
      'trtc_recorder_step_seconds_count{step="transcode"} 1',
      'trtc_recorder_step_seconds_count{step="upload"} 2',
      'trtc_recorder_lost_media_seconds_total 1.5',
      'trtc_recorder_gap_seconds_total{kind="video",cause="muted"} 2',
      'trtc_recorder_gap_seconds_total{kind="audio",cause="undecodable"} 0.5',
      'trtc_recorder_uploads_total{outcome="ok"} 2',
      'trtc_recorder_uploaded_bytes_total 200',
      'trtc_recorder_recordings_ended_total{reason="banned"} 1',
    ],
  },
  {
    name: 'one that is refused',
    world: {
      joins: [
        () => {
          throw new AppError('JoinRefused', 'UserSig expired of user anna');
        },
      ],
    },
    lines: ['trtc_recorder_join_failures_total{code="JoinRefused"} 1', 'trtc_recorder_recordings_interrupted_total 1'],
  },
  {
    name: 'one whose files cannot be made or stored',
    world: {
      plans: [plan('anna'), plan('bob')],
      produce: (p) => {
        if (p.userId === 'anna') throw new AppError('FileRejected', 'no video');
        return produced(p);
      },
      upload: () => {
        throw new AppError('CosAccessDenied', 'no rights');
      },
    },
    lines: [
      'trtc_recorder_conversions_total{outcome="failed"} 1',
      'trtc_recorder_conversions_total{outcome="ok"} 1',
      'trtc_recorder_uploads_total{outcome="failed"} 1',
    ],
  },
  {
    name: 'one whose delivery has to wait',
    world: {
      upload: () => {
        throw new AppError('CosUnavailable', 'COS does not answer');
      },
    },
    lines: ['trtc_recorder_recordings_postponed_total 1', 'trtc_recorder_recordings_interrupted_total 0'],
  },
];

test.each(cases)('a recording is counted: $name', async ({ world, lines }) => {
  const scraped = await scrapeAfter(world);
  expect(scraped).toEqual(expect.arrayContaining([...lines]));
  expect(scraped.join('\n')).not.toMatch(/anna|43474|"r1"/);
});
