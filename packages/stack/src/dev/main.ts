import { createLogger, errorMessage, Releasers } from '@trtc-recorder/runtime';
import { keysIn } from '../keys.ts';
import { printsHelp, ToolsSchema } from '../options.ts';
import { startReceiver } from '../receiver.ts';
import { startStack } from '../stack.ts';
import { callbackText, help, urlsOf } from './help.ts';
import { logFiles } from './logs.ts';
import { devOptions, devUsage, type DevOptions } from './options.ts';
import { plainLine } from './plain-line.ts';
import { refuseTakenPorts } from './ports.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const logger = createLogger({ app: 'dev', level: 'warn', destination: process.stderr });
const args = process.argv.slice(2);
if (printsHelp(args, devUsage(process.cwd()))) process.exit();

/** Which of its output is shown on the terminal; the files have all of it. */
function show(options: DevOptions, name: string, line: string): void {
  if (options.json) return;
  const text = options.verbose ? `[${name}] ${line}` : plainLine(name, line);
  if (text !== undefined) print(text);
}

async function run(options: DevOptions, releasers: Releasers): Promise<void> {
  const { dir, 'callback-port': callbackPort } = options;
  await refuseTakenPorts({
    ...{
      'api-port': options['api-port'],
      'redis-port': options['redis-port'],
      'sandbox-port': options['sandbox-port'],
    },
    ...{ 'cos-port': options['cos-port'], 'trtc-api-port': options['trtc-api-port'], 'callback-port': callbackPort },
  });
  if (!options.json) print('Starting Redis, the sandbox, api, worker and notifier …');
  const { app } = await keysIn(dir);
  // The service signs UserSigs itself, so that a request needs none.
  const signing = { APP_SECRET_KEYS: `${app.sdkAppId}:${app.secretKey}` };
  const logs = logFiles(dir);
  const starting = startStack({
    dir,
    searchPath: process.env['PATH'] ?? '',
    tools: ToolsSchema.parse(process.env),
    ports: {
      api: options['api-port'],
      redis: options['redis-port'],
      sandboxHttp: options['sandbox-port'],
      sandboxCos: options['cos-port'],
      sandboxTrtcApi: options['trtc-api-port'],
    },
    workers: options.workers,
    env: { api: signing, worker: signing },
    logger,
    onLine: (name, line) => {
      logs.write(name, line);
      show(options, name, line);
    },
  });
  releasers.add('stack', async () => (await starting.catch(() => null))?.stop());
  const stack = await starting;
  const receiver = await startReceiver({
    port: callbackPort,
    onCallback: (result) => {
      if (!options.json) print(callbackText(result, stack.filesDir, stack.bucket));
    },
  });
  releasers.add('receiver', () => receiver.close());
  const urls = urlsOf(stack, { callback: receiver.url, logs: logs.dir });
  print(options.json ? JSON.stringify(urls) : help(urls));
}

const releasers = new Releasers(logger);
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
try {
  await Promise.race([run(devOptions(args, process.cwd()), releasers), stopped]);
  await stopped;
} catch (error) {
  process.stderr.write(`npm run dev failed: ${errorMessage(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.releaseAll();
  // Interrupted while it starts, something may have begun to listen meanwhile.
  process.exit();
}
