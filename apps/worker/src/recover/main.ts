import { createLogger, loadConfig, toAppError } from '@trtc-recorder/runtime';
import { ConfigSchema, prevailingRule } from '../config.ts';
import { parseOptions } from './options.ts';
import { recoverFiles } from './recover.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  const tools = ConfigSchema.pick({
    ...{ FFMPEG_PATH: true, FFPROBE_PATH: true, MAX_GAP_MS: true, LOG_LEVEL: true },
    ...{ PREVAILING_SIZE: true, PREVAILING_MIN_MS: true },
  });
  const config = loadConfig(tools, { LOG_LEVEL: 'error', ...process.env });
  const failed = await recoverFiles({
    ...options,
    maxGapMs: config.MAX_GAP_MS,
    prevailing: prevailingRule(config),
    ffmpegPath: config.FFMPEG_PATH,
    ffprobePath: config.FFPROBE_PATH,
    logger: createLogger({ app: 'recover', level: config.LOG_LEVEL }),
    say: (line) => console.log(line),
  });
  process.exit(failed === 0 ? 0 : 1);
} catch (error) {
  console.error(toAppError(error).message);
  process.exit(2);
}
