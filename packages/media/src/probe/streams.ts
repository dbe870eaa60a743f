import { z } from 'zod';
import { runTool } from './run-tool.ts';

const seconds = z.coerce.number();
const StreamSchema = z.object({
  index: z.number(),
  codec_type: z.string(),
  codec_name: z.string(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_rate: z.string().optional(),
  time_base: z.string(),
});
const ProbeSchema = z.object({
  streams: z.array(StreamSchema),
  format: z.object({ duration: seconds.optional() }),
});
export type Probe = z.infer<typeof ProbeSchema>;

export interface ProbeTools {
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a file says it holds. */
export async function probeStreams(path: string, { ffprobePath = 'ffprobe', signal }: ProbeTools): Promise<Probe> {
  const lines: string[] = [];
  const args = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', path];
  await runTool(ffprobePath, args, { signal, onLine: (line) => lines.push(line) });
  return ProbeSchema.parse(JSON.parse(lines.join('\n')));
}

export interface PacketFacts {
  packets: number;
  keyFrames: number;
  /** Media time, ms. */
  firstMs: number;
  endMs: number;
  /** Packets whose decoding time does not rise. */
  disordered: number;
}

const emptyFacts = (): PacketFacts & { lastMs: number } => ({
  packets: 0,
  keyFrames: 0,
  firstMs: Infinity,
  endMs: -Infinity,
  disordered: 0,
  lastMs: -Infinity,
});

/** Goes through every packet of a file without decoding; facts by stream index. */
export async function probePackets(
  path: string,
  { ffprobePath = 'ffprobe', signal }: ProbeTools,
): Promise<Map<number, PacketFacts>> {
  const byStream = new Map<number, PacketFacts & { lastMs: number }>();
  const onLine = (line: string) => {
    // Side data of a packet adds an empty line.
    if (line === '') return;
    const [index, pts, dts, duration, flags] = line.split(',');
    const facts = byStream.get(Number(index)) ?? emptyFacts();
    const ptsMs = Number(pts) * 1000;
    const dtsMs = dts === 'N/A' ? ptsMs : Number(dts) * 1000;
    facts.packets += 1;
    if (flags?.includes('K') === true) facts.keyFrames += 1;
    if (!(dtsMs > facts.lastMs)) facts.disordered += 1;
    facts.lastMs = dtsMs;
    facts.firstMs = Math.min(facts.firstMs, ptsMs);
    facts.endMs = Math.max(facts.endMs, ptsMs + (duration === 'N/A' ? 0 : Number(duration) * 1000));
    byStream.set(Number(index), facts);
  };
  const entries = 'packet=stream_index,pts_time,dts_time,duration_time,flags';
  await runTool(ffprobePath, ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', path], { signal, onLine });
  return byStream;
}
