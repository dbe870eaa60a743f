import { GO_ON } from '../plan/ffmpeg-arguments.ts';
import { gaveUp } from './decode-file.ts';
import { runTool } from './run-tool.ts';
import type { ProbeTools } from './streams.ts';

/** A decoder complained after it had given the picture at `afterMs` and before it gave the one at `beforeMs`. */
export interface Complaint {
  readonly afterMs: number;
  readonly beforeMs: number;
}

const SHOWN = /\bpts_time:\s*(-?[\d.]+)/;
/** Concealment is only mentioned: a slice of the picture is missing. */
const ERROR = /^\[h264 @ [^\]]+\] \[(?:error|fatal|panic|info\] concealing)|Error (?:while decoding|submitting packet)/;
/** Said of streams that decode right: reference pictures kept otherwise than ffmpeg expects, messages it can't read. */
const HARMLESS = /mmco: |number of reference frames|co located POCs|\bSEI\b/;

/** Decoding begins. What is said before, when the file is opened, is said again. */
const BEGINS = /^\[info\] Stream mapping:/;

/** One thread, or what is said would not stand beside the picture it is said of. Errors show without the loop filter. */
const DECODE = ['-threads', '1', '-skip_loop_filter', 'all'];
const TELL = ['-vf', 'showinfo=checksum=0', '-fps_mode', 'passthrough', '-f', 'null', '-'];

export interface DecodedPictures {
  readonly complaints: readonly Complaint[];
  /** The decoder stopped before the end of the file, after the picture at this time. */
  readonly stoppedAtMs?: number;
}

/**
 * Decodes every picture of a file. It costs a sixtieth of the pictures' time (1280x720, 15 a second), and is the only
 * way to know.
 */
export async function findComplaints(
  path: string,
  { ffmpegPath = 'ffmpeg', signal }: ProbeTools,
): Promise<DecodedPictures> {
  const complaints: Complaint[] = [];
  let shownMs = -Infinity;
  let complained = false;
  const end = (beforeMs: number) => {
    if (complained) complaints.push({ afterMs: shownMs, beforeMs });
    complained = false;
  };
  const onComplaint = (line: string) => {
    if (BEGINS.test(line)) complained = false;
    const [, seconds] = SHOWN.exec(line) ?? [];
    if (ERROR.test(line) && !HARMLESS.test(line)) complained = true;
    if (seconds === undefined) return;
    end(Number(seconds) * 1000);
    shownMs = Number(seconds) * 1000;
  };
  const quiet = ['-nostdin', '-hide_banner', '-nostats', '-v', 'level+info', ...GO_ON];
  const args = [...quiet, ...DECODE, '-i', path, '-map', '0:v', ...TELL];
  let stoppedAtMs: number | undefined;
  await runTool(ffmpegPath, args, { signal, onComplaint }).catch((error: unknown) => {
    const isBlank = shownMs === -Infinity;
    if (!gaveUp(error) || (isBlank && !complained)) throw error;
    // It also gives up where there is no picture at all.
    if (!isBlank) stoppedAtMs = shownMs;
  });
  end(Infinity);
  return { complaints, ...(stoppedAtMs === undefined ? {} : { stoppedAtMs }) };
}
