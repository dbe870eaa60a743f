import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkTools, namesIn } from '../../src/probe/check-tools.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tools-'));
});
afterEach(() => rm(dir, { recursive: true }));

const script = async (text: string, mode = 0o755): Promise<string> => {
  const file = path.join(dir, 'tool');
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, mode);
  return file;
};
const real = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };

test("Debian's ffmpeg and ffprobe pass", async () => {
  await checkTools(real);
}, 60_000);

test.each([
  ['libx264', 'encoders libx264'],
  ['libmp3lame', 'encoders libmp3lame'],
  ['aac', 'encoders aac; decoders aac'],
  ['libopus', 'decoders libopus'],
  ['h264', 'decoders h264'],
  ['mp4', 'muxers mp4'],
  ['scale', 'filters scale'],
])(
  'a build without %s does not, and the message names it',
  async (name, lacks) => {
    const ffmpegPath = await script(`ffmpeg "$@" | grep -v "^ *[A-Z.|>-]* *${name} "`);
    await expect(checkTools({ ...real, ffmpegPath })).rejects.toMatchObject({
      code: 'ToolUnavailable',
      message: `FFMPEG_PATH=${ffmpegPath}: this ffmpeg lacks ${lacks}: install a full build, such as Debian ffmpeg`,
    });
  },
  60_000,
);

describe('a tool that cannot be run', () => {
  test.each([
    ['missing', () => Promise.resolve('/nowhere/tool'), /cannot be run: no such program: install it/],
    ['not executable', () => script('', 0o600), /cannot be run: this user may not run it/],
    [
      'without a library',
      () => script('echo "error while loading shared libraries: libx.so" >&2; exit 127'),
      /libx\.so$/,
    ],
  ])(
    '%s',
    async (_, make, message) => {
      const tool = await make();
      for (const [variable, tools] of [
        ['FFMPEG_PATH', { ...real, ffmpegPath: tool }],
        ['FFPROBE_PATH', { ...real, ffprobePath: tool }],
      ] as const) {
        const failed = checkTools(tools);
        await expect(failed).rejects.toMatchObject({
          code: 'ToolUnavailable',
          message: expect.stringMatching(message),
        });
        await expect(failed).rejects.toMatchObject({ message: expect.stringContaining(`${variable}=${tool} `) });
      }
    },
    60_000,
  );
});

test('names are the second words after the legend; those that share a line are told apart', () => {
  const text =
    'File formats:\n D. = Demuxing supported\n --\n D  matroska,webm   Matroska / WebM\n  E mp4             MP4\n';
  expect([...namesIn(text)]).toEqual(['matroska', 'webm', 'mp4']);
});
