import { z } from 'zod';
import { runTool } from './run-tool.ts';

const count = z.coerce.number();
const StreamSchema = z.object({
  index: count,
  codec_type: z.string(),
  codec_name: z.string(),
  width: count.optional(),
  height: count.optional(),
});
export type Stream = z.infer<typeof StreamSchema>;

export interface ProbeTools {
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
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

/** What a file says it holds, and what its packets say; facts by stream index. */
export interface Probe {
  readonly streams: readonly Stream[];
  readonly packets: ReadonlyMap<number, PacketFacts>;
}

interface Counting extends PacketFacts {
  lastMs: number;
}

const emptyFacts = (): Counting => ({
  packets: 0,
  keyFrames: 0,
  firstMs: Infinity,
  endMs: -Infinity,
  disordered: 0,
  lastMs: -Infinity,
});

type Fields = Readonly<Record<string, string>>;

const countPacket = (byStream: Map<number, Counting>, fields: Fields): void => {
  const index = Number(fields['stream_index']);
  const facts = byStream.get(index) ?? emptyFacts();
  const ms = (name: string, otherwise: number): number => {
    const seconds = Number(fields[name] ?? 'N/A');
    return Number.isNaN(seconds) ? otherwise : seconds * 1000;
  };
  const ptsMs = ms('pts_time', NaN);
  const dtsMs = ms('dts_time', ptsMs);
  facts.packets += 1;
  if (fields['flags']?.includes('K') === true) facts.keyFrames += 1;
  if (!(dtsMs > facts.lastMs)) facts.disordered += 1;
  facts.lastMs = dtsMs;
  facts.firstMs = Math.min(facts.firstMs, ptsMs);
  facts.endMs = Math.max(facts.endMs, ptsMs + ms('duration_time', 0));
  byStream.set(index, facts);
};

/** `packet|stream_index=0|pts_time=0.000000|…`: ffprobe's compact lines. */
const readFields = (parts: readonly string[]): Fields =>
  Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));

const ENTRIES = [
  'stream=index,codec_type,codec_name,width,height',
  'packet=stream_index,pts_time,dts_time,duration_time,flags',
].join(':');

/** Goes through every packet of a file without decoding. */
export async function probeFile(path: string, { ffprobePath = 'ffprobe', signal }: ProbeTools): Promise<Probe> {
  const streams: Stream[] = [];
  const packets = new Map<number, Counting>();
  const onLine = (line: string) => {
    const [section, ...parts] = line.split('|');
    if (section === 'packet') countPacket(packets, readFields(parts));
    if (section === 'stream') streams.push(StreamSchema.parse(readFields(parts)));
  };
  await runTool(ffprobePath, ['-v', 'error', '-show_entries', ENTRIES, '-of', 'compact', path], { signal, onLine });
  return { streams, packets };
}
