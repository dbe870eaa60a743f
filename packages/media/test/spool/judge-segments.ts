import type { JournalEntry, JournalEntryOf } from '../../src/index.ts';
import { run } from '../helpers/run.ts';

export const pick = <T extends JournalEntry['type']>(journal: readonly JournalEntry[], type: T): JournalEntryOf<T>[] =>
  journal.filter((entry): entry is JournalEntryOf<T> => entry.type === type);

/** What ffmpeg says when it decodes all of a file: nothing, if it is right. */
export const complaints = async (file: string): Promise<string> =>
  (await run('ffmpeg', ['-v', 'warning', '-i', file, '-fps_mode', 'passthrough', '-f', 'null', '-'])).stderr;

const probe = async (file: string, ...args: readonly string[]): Promise<string[]> => {
  const { stdout } = await run('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', file]);
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.replace(/,$/, ''));
};

/** Times of a file's packets in ms. */
export const packetTimes = async (file: string): Promise<number[]> =>
  (await probe(file, '-show_entries', 'packet=pts_time')).map((line) => Math.round(Number.parseFloat(line) * 1000));

/** How many pictures a decoder shows of a file. */
export const decodedFrames = async (file: string): Promise<number> =>
  Number((await probe(file, '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames'))[0]);

/** A digest of every picture a decoder shows of a file. */
export const pictureDigests = async (file: string): Promise<string[]> => {
  const { stdout } = await run('ffmpeg', [
    ...['-v', 'error', '-i', file, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
  ]);
  const lines = stdout.toString().split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(',').at(-1)!.trim());
};
