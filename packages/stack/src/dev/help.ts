import path from 'node:path';
import type { RecordingResult } from '@trtc-recorder/contracts';
import type { Stack } from '../stack.ts';

/** The page and the request name the same room. */
const ROOM_ID = 43474;

export interface DevPlaces {
  readonly callback: string;
  readonly logs: string;
}

/** What `--json` prints in one line once everything is ready, and what the text for people is made of. */
export const urlsOf = (stack: Stack, { callback, logs }: DevPlaces) => ({
  ready: true,
  api: stack.apiUrl,
  board: `${stack.apiUrl}/admin/queues`,
  anchorPage: `${stack.sandbox.anchorPage}?type=int&room=${ROOM_ID}&user=teacher`,
  sandbox: stack.sandbox.http,
  cos: stack.sandbox.cos,
  trtcApi: stack.sandbox.trtcApi,
  redis: stack.redisUrl,
  files: stack.filesDir,
  callback,
  logs,
  sdkAppId: stack.keys.app.sdkAppId,
  roomId: ROOM_ID,
});
export type DevUrls = ReturnType<typeof urlsOf>;

export const help = (urls: DevUrls): string => `
The recorder runs. Record yourself:

  1. Open this page and press Join (camera and microphone):
       ${urls.anchorPage}

  2. Record that room:
       curl ${urls.api}/v1/recordings -H 'Content-Type: application/json' \\
         -d '{"SdkAppId":${urls.sdkAppId},"RoomId":${urls.roomId},"UserId":"recorder","Mode":"02","Callback":"${urls.callback}"}'

  3. After a while stop it, with the RequestId of the answer; the callback and the files appear here:
       curl -X POST ${urls.api}/v1/recordings/REQUEST_ID/stop

Bull Board   ${urls.board}
API          ${urls.api}
sandbox      ${urls.sandbox}   COS ${urls.cos}   TRTC API ${urls.trtcApi}
Redis        ${urls.redis}
files        ${urls.files}
logs         ${urls.logs}   (every line; below only what is about recordings and faults)

Ctrl-C ends everything. The next start goes on with the same keys, queue and files.
`;

/** A callback in a few lines, with the files where they lie on this machine. */
export function callbackText(result: RecordingResult, filesDir: string, bucket: string): string {
  const files = result.Files.map((file) => {
    const place =
      file.Status === 1
        ? path.join(filesDir, bucket, decodeURIComponent(new URL(file.RecordFile).pathname))
        : file.Message;
    return `  ${file.UserId}: ${place}`;
  });
  const none = '  No files: no anchor was in the room. Step 1 joins one.';
  return [`\nCallback of ${result.RequestId}: ${result.Message}`, ...(files.length > 0 ? files : [none]), ''].join(
    '\n',
  );
}
