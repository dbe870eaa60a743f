import { createLogger, errorMessage } from '@trtc-recorder/runtime';
import { printsHelp, ToolsSchema } from '../options.ts';
import { demo } from './demo.ts';
import { demoDirectory, demoOptions, demoUsage } from './options.ts';
import { demoOutput } from './output.ts';

const started = performance.now();
if (printsHelp(process.argv.slice(2), demoUsage(process.cwd()))) process.exit();
const output = demoOutput(process.stdout);
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interrupt.abort(new Error(`interrupted (${signal})`)));

try {
  const options = demoOptions(process.argv.slice(2), process.cwd());
  const stack = {
    dir: demoDirectory(options.out, new Date()),
    searchPath: process.env['PATH'] ?? '',
    tools: ToolsSchema.parse(process.env),
    logger: createLogger({ app: 'demo', level: options.verbose ? 'info' : 'error' }),
    ...(options.verbose && { onLine: (name: string, line: string) => output.say(`[${name}] ${line}`) }),
  };
  const result = await demo(options, stack, output, interrupt.signal);
  const seconds = Math.round((performance.now() - started) / 1000);
  const failed = result.Files.length === 0 || result.Files.some((file) => file.Status === 0);
  output.say(failed ? `\nNot every file was delivered (${seconds} s).` : `\nDone after ${seconds} s.`);
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  output.say(`npm run demo failed: ${errorMessage(error)}`);
  process.exitCode = 1;
}
