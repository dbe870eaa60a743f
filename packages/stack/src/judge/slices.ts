import { slices } from '@trtc-recorder/sandbox';
import { run } from './run.ts';

/** The coded pictures of a file's H264 track as they lie in it, without start codes: nothing is decoded. */
export async function slicesOf(file: string): Promise<Buffer[]> {
  const copy = ['-map', '0:v:0', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264', '-'];
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, ...copy]);
  return slices(stdout);
}
