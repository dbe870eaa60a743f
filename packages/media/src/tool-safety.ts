/**
 * How ffmpeg and ffprobe are run: they read what strangers sent. They get nothing of this process's environment, which
 * has keys, open nothing but local files, and allocate no block that a frame cannot need.
 */
// eslint-disable-next-line no-restricted-properties -- only PATH, by which the programs are found
export const toolEnvironment = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin' });

const MAX_BLOCK_BYTES = 512 * 1024 * 1024;

/** Options before an input. */
export const SAFE_INPUT = ['-protocol_whitelist', 'file,pipe'];
/** Options of a run. */
export const SAFE_RUN = ['-max_alloc', String(MAX_BLOCK_BYTES)];
