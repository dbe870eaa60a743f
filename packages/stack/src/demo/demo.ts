import { access } from 'node:fs/promises';
import path from 'node:path';
import type { RecordingResult, ResultFile, Step } from '@trtc-recorder/contracts';
import { Releasers } from '@trtc-recorder/runtime';
import { createTrtcServerApi, signUserSig, staticCredentials } from '@trtc-recorder/tencent';
import { apiClient, type ApiClient } from '../api-client.ts';
import { startReceiver } from '../receiver.ts';
import { startStack, type Stack, type StackOptions } from '../stack.ts';
import { waitFor } from '../wait-for.ts';
import { enterAnchors } from './anchors.ts';
import type { DemoOptions } from './options.ts';
import type { DemoOutput } from './output.ts';

/** The documented example: room and recorder of the recipe's own request. */
const ROOM_ID = 43474;
const RECORDER = 'user_55952145';

/**
 * The main job from end to end: a room with two anchors, the documented request, a recording of `seconds`, the recorder
 * removed through the TRTC server API, the callback and the files. Everything it starts has ended when it resolves.
 */
export async function demo(
  options: DemoOptions,
  stackOptions: StackOptions,
  output: DemoOutput,
  signal: AbortSignal,
): Promise<RecordingResult> {
  const releasers = new Releasers(stackOptions.logger);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([run(options, stackOptions, output, releasers), aborted]);
  } finally {
    await releasers.releaseAll();
  }
}

async function run(
  options: DemoOptions,
  stackOptions: StackOptions,
  output: DemoOutput,
  releasers: Releasers,
): Promise<RecordingResult> {
  output.say('Starting Redis, the sandbox, api, worker and notifier …');
  const starting = startStack(stackOptions);
  releasers.add('stack', async () => (await starting.catch(() => null))?.stop());
  const stack = await starting;
  const receiver = await startReceiver();
  releasers.add('receiver', () => receiver.close());

  output.say(`Two anchors enter room ${ROOM_ID}: “teacher” (trtc-sdk-v5 in Chromium) and “student” (synthetic) …`);
  const entering = enterAnchors(stack, { type: 'int', id: ROOM_ID });
  releasers.add('anchors', async () => (await entering.catch(() => null))?.leave());
  await entering;

  const api = apiClient(stack.apiUrl);
  const requestId = await submit(api, stack, options, receiver.url, output);
  await follow(api, requestId, options, output);
  output.say('Removing the recorder from the room (TRTC RemoveUser) …');
  await removeRecorder(stack);
  const callback = await receiver.callbackOf(requestId, 120_000);
  output.say(`\nThe callback that was POSTed:\n${JSON.stringify(callback.result, null, 2)}\n`);
  await tellFiles(stack, callback.result, output);
  return callback.result;
}

async function submit(
  api: ApiClient,
  stack: Stack,
  options: DemoOptions,
  callback: string,
  output: DemoOutput,
): Promise<string> {
  const { sdkAppId, secretKey } = stack.keys.app;
  const request = {
    SdkAppId: sdkAppId,
    RoomId: ROOM_ID,
    UserId: RECORDER,
    Mode: options.mode,
    UserSig: signUserSig({ sdkAppId, secretKey, userId: RECORDER, expireSeconds: 86_400 }),
    CosConfig: { Region: stack.region, Bucket: stack.bucket, Path: '/trtc' },
    Callback: callback,
  };
  const shown = { ...request, UserSig: `${request.UserSig.slice(0, 3)}…` };
  output.say(`POST ${stack.apiUrl}/v1/recordings\n${JSON.stringify(shown)}`);
  const requestId = await api.submit(request);
  output.say(`202 RequestId ${requestId}\n`);
  return requestId;
}

/** Shows progress until `seconds` have been captured with both anchors in the room. */
async function follow(api: ApiClient, requestId: string, options: DemoOptions, output: DemoOutput): Promise<void> {
  const captured = async () => {
    const { State, Progress, Error: error } = await api.status(requestId);
    if (State === 'failed' || State === 'done') return { error: error ?? `the recording is ${State}` };
    if (Progress === undefined) return undefined;
    const { Step, Anchors, Seconds, Bytes } = Progress;
    output.progress(
      stageOf(Step, Anchors),
      `${Math.floor(Seconds)} of ${options.seconds} s, ${Math.round(Bytes / 1024)} KiB`,
    );
    return Seconds >= options.seconds ? { error: undefined } : undefined;
  };
  const withinMs = 60_000 + options.seconds * 1_000;
  const { error } = await waitFor('the recording to go on', captured, { withinMs, everyMs: 500 });
  if (error !== undefined) throw new Error(error);
}

function stageOf(step: Step, anchors: number): string {
  if (step === 'join') return 'Joining the room …';
  if (step !== 'capture') return `${step} …`;
  return anchors === 0 ? 'In the room, no anchor yet …' : `Recording ${anchors} anchor${anchors === 1 ? '' : 's'} …`;
}

async function removeRecorder(stack: Stack): Promise<void> {
  const endpoint = new URL(stack.sandbox.trtcApi);
  const trtc = createTrtcServerApi({
    credentials: staticCredentials(stack.keys.cloud),
    region: 'ap-guangzhou',
    endpoint: endpoint.host,
    protocol: 'http://',
  });
  await trtc.removeUser(stack.keys.app.sdkAppId, { type: 'int', id: ROOM_ID }, RECORDER);
}

/** Where the files lie on this machine: the sandbox keeps an object under its bucket and key. */
async function tellFiles(stack: Stack, result: RecordingResult, output: DemoOutput): Promise<void> {
  output.say('Files to play:');
  for (const file of result.Files) output.say(`  ${await localPath(stack, file)}`);
}

async function localPath(stack: Stack, file: ResultFile): Promise<string> {
  if (file.Status === 0) return `${file.UserId}: ${file.Message}`;
  const key = decodeURIComponent(new URL(file.RecordFile).pathname);
  const local = path.join(stack.filesDir, stack.bucket, key);
  await access(local);
  return local;
}
