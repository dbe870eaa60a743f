import { createLogger, errorMessage } from '@trtc-recorder/runtime';
import { ToolsSchema } from '../options.ts';
import { startStack, type Stack } from '../stack.ts';
import { devOptions } from './options.ts';

/** What `--json` prints in one line once everything is ready, and what the human text is made of. */
const urlsOf = (stack: Stack) => ({
  ready: true,
  api: stack.apiUrl,
  board: `${stack.apiUrl}/admin/queues`,
  anchorPage: stack.sandbox.anchorPage,
  sandbox: stack.sandbox.http,
  cos: stack.sandbox.cos,
  trtcApi: stack.sandbox.trtcApi,
  redis: stack.redisUrl,
  files: stack.filesDir,
  sdkAppId: stack.keys.app.sdkAppId,
});

const help = (urls: ReturnType<typeof urlsOf>): string =>
  `The recorder runs.
  api          ${urls.api}   (POST /v1/recordings)
  Bull Board   ${urls.board}
  anchor page  ${urls.anchorPage}   (join with camera and microphone)
  sandbox      ${urls.sandbox}   COS ${urls.cos}   TRTC API ${urls.trtcApi}
  Redis        ${urls.redis}
  files        ${urls.files}

Record what is in room 43474 (the sandbox signs UserSigs: docs/sandbox.md):
  SIG=$(curl -s '${urls.sandbox}/v1/usersig?sdkAppId=${urls.sdkAppId}&userId=recorder' | sed 's/.*"userSig":"\\([^"]*\\)".*/\\1/')
  curl ${urls.api}/v1/recordings -H 'content-type: application/json' \\
    -d '{"SdkAppId":${urls.sdkAppId},"RoomId":43474,"UserId":"recorder","Mode":"02","UserSig":"'$SIG'"}'

Ctrl-C ends everything.`;

try {
  const options = devOptions(process.argv.slice(2), process.cwd());
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const starting = startStack({
    dir: options.dir,
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
    logger: createLogger({ app: 'dev', level: 'warn', destination: process.stderr }),
    ...(!options.json && { onLine: (name: string, line: string) => print(`[${name}] ${line}`) }),
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const ended = stopped.then(async () => (await starting).stop());
  const urls = urlsOf(await starting);
  print(options.json ? JSON.stringify(urls) : help(urls));
  await ended;
} catch (error) {
  process.stderr.write(`npm run dev failed: ${errorMessage(error)}\n`);
  process.exitCode = 1;
}
