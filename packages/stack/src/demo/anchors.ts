import path from 'node:path';
import type { Room } from '@trtc-recorder/contracts';
import { openAnchor, writeDeviceFiles } from '@trtc-recorder/sandbox';
import { sandboxClient } from '../sandbox-client.ts';
import type { Stack } from '../stack.ts';

/** Two anchors of the demo: both speak before a moving picture. */
export interface DemoAnchors {
  leave(): Promise<void>;
}

/** “teacher” joins with the real SDK in a Chromium of her own, “student” is sent by the sandbox without a browser. */
export async function enterAnchors(stack: Stack, room: Room): Promise<DemoAnchors> {
  const sandbox = sandboxClient(stack.sandbox.http);
  const speech = { width: 640, height: 360, pattern: 'speech', seconds: 12, kbps: 500 } as const;
  const [devices] = await Promise.all([
    writeDeviceFiles(path.join(stack.dir, 'devices'), { ...speech, freq: 440 }),
    sandbox.addAnchors(room, { userId: 'student', clip: { ...speech, freq: 523 } }),
  ]);
  const teacher = await openAnchor({
    ...(stack.tools.chromium !== '' && { chromiumPath: stack.tools.chromium }),
    args: [
      `--use-file-for-fake-video-capture=${devices.video}`,
      `--use-file-for-fake-audio-capture=${devices.audio}`,
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
    sandboxUrl: stack.sandbox.http,
    type: room.type,
    room: String(room.id),
    user: 'teacher',
    media: 'device',
  });
  return { leave: () => teacher.close() };
}
