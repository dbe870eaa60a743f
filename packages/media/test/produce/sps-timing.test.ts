import { expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NAL, nalType, splitAnnexB } from '../../src/produce/nal-units.ts';
import { withoutTiming } from '../../src/produce/sps-timing.ts';
import { run } from '../helpers/run.ts';

const START = Buffer.from([0, 0, 0, 1]);
const annexB = (units: readonly Uint8Array[]): Buffer => Buffer.concat(units.flatMap((unit) => [START, unit]));

/** The fields of the first parameter sets as ffmpeg reads them, with their values. */
const fieldsOf = async (file: string): Promise<string[]> => {
  const args = ['-v', 'verbose', '-nostdin', '-i', file, '-c', 'copy', '-bsf:v', 'trace_headers', '-frames:v', '1'];
  const { stderr } = await run('ffmpeg', [...args, '-f', 'null', '-']);
  const [, sets = ''] = /Sequence Parameter Set\n([^]*?)Picture Parameter Set/.exec(stderr) ?? [];
  return [...sets.matchAll(/\d+\s+(\w+(?:\[\d+\])?)\s+[01]+ = (-?\d+)/g)].map(([, name, value]) => `${name}=${value}`);
};

const TIMING =
  /^(?:timing_info_present_flag|num_units_in_tick|time_scale|fixed_frame_rate_flag|rbsp_alignment_zero_bit)=/;
const COLOURS = ['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];

test.each<[string, string[]]>([
  ['baseline', ['-profile:v', 'baseline']],
  ['high, with colours and an aspect of its own', ['-profile:v', 'high', ...COLOURS, '-aspect', '17:11']],
  [
    'with the buffers of a constant bit rate',
    ['-b:v', '200k', '-x264-params', 'nal-hrd=cbr:vbv-maxrate=200:vbv-bufsize=200'],
  ],
])('the frame rate of %s goes, all else stays', async (_, options) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'sps-'));
  try {
    const before = path.join(directory, 'before.h264');
    const after = path.join(directory, 'after.h264');
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=318x240:rate=30000/1001', '-frames:v', '3'];
    await run('ffmpeg', ['-v', 'error', ...source, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', ...options, before]);
    const units = splitAnnexB((await run('cat', [before])).stdout);
    const sets = units.filter((unit) => nalType(unit) === NAL.sps).map(withoutTiming);
    await writeFile(after, annexB(units.map(withoutTiming)));
    const [had, has] = [await fieldsOf(before), await fieldsOf(after)];
    expect(had).toContain('timing_info_present_flag=1');
    expect(has).toContain('timing_info_present_flag=0');
    const rest = (fields: string[]) => fields.filter((field) => !TIMING.test(field));
    expect(rest(has)).toEqual(rest(had));
    expect(rest(has).length).toBeGreaterThan(20);
    // Once more changes nothing.
    expect(sets.map(withoutTiming)).toEqual(sets);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test.each([
  ['a picture', [0x65, 1, 2, 3]],
  ['a damaged set', [0x67, 0x42, 0xe0]],
  ['nothing', []],
])('%s stays as it is', (_, bytes) => {
  const unit = Uint8Array.from(bytes);
  expect(withoutTiming(unit)).toBe(unit);
});
